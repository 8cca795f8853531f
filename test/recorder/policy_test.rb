# frozen_string_literal: true

# When recording stops by itself, what becomes of a program whose recording fails, and what of a
# trace is closed to others.
#
# All of it with both recorders.
require "json"
require_relative "recorder_case"

class PolicyTest < RecorderCase
  parallelize_me!

  FRONTS = { native: RECORDER, pure: File.join(ROOT, "trace.rb") }.freeze
  LONG = "n = 0\n20_000.times { n += 1 }\nputs n\nexit 3\n"
  LONG_WITH_CHILD = "20_000.times { |i| n = i * 7919 }\n" \
                    "pid = fork { x = 1; puts 2; $stdout.flush; exit 4 }\n" \
                    "p Process.wait2(pid).last.exitstatus\nexit 3\n"
  BUDGETS = { "--max-steps" => "1000", "--max-size" => "40000", "--max-seconds" => "3" }.freeze
  WORDS = [[], %w[--on-error continue], %w[--on-error abort]].freeze
  # Nothing can be written there, and nobody can make it.
  NOWHERE = "/proc/none"

  def test_budgets_stop_the_recording_and_not_the_program
    { "--max-steps" => "1000", "--max-size" => "40000" }.each do |option, limit|
      each_front(LONG, option, limit) do |trace|
        assert_equal ["exit 3", "20000\n"], [@run.ending, @run.out]
        assert_match(/, stopped by #{option} #{limit}, /, @run.err)
        checked_events(trace)
        facts = JSON.parse(File.read(File.join(trace, "trace_info.json")))
        assert_equal ["interrupted", "stopped by #{option} #{limit}"],
                     facts.values_at("state", "failure")
      end
    end
  end

  # Chunks that wait to be compressed together have no size yet.
  def test_a_budget_of_size_counts_what_waits
    lines = %w[a b c].map { |name| "  #{name} = r.rand(1 << 60)\n" }.join
    text = "r = Random.new(5)\na = b = c = 0\n6_500.times do\n#{lines}end\n"
    each_front(text, "--max-size", "200000") do |trace|
      assert_match(/, stopped by --max-size 200000, /, @run.err)
      files = Dir[File.join(trace, "trace.{ct,json}")]
      assert_includes 200_000..280_000, files.sum { |file| File.size(file) } # a piece may be over
    end
  end

  def test_a_budget_of_steps_is_exact
    each_front(LONG, "--max-steps", "1000") do |trace|
      assert_equal 1000, step_places(checked_events(trace)).size
    end
  end

  def test_a_budget_of_time
    text = "at = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 1.5\n" \
           "n = 1 while Process.clock_gettime(Process::CLOCK_MONOTONIC) < at\n" \
           "99.times { |i| late = i }\nputs 1\n"
    each_front(text, "--max-seconds", "1") do |trace|
      assert_match(/, stopped by --max-seconds 1, /, @run.err)
      refute_match(/late = Integer:98/, checked_events(trace))
    end
  end

  # The writer stands while the program goes beyond its budget and forks: it comes to the end of the
  # budget before the fork, and finds the child's request for a writer. The same with children that
  # come as it stops, and afterwards.
  BUDGETS.each do |option, limit|
    WORDS.each do |words|
      define_method("test_a_child_forked_behind_#{option}_#{words.join}") do
        program = write_program("p.rb", "puts 1\n$stdout.flush\ngets\n#{LONG_WITH_CHILD}")
        run = record(option, limit, *words, program) do |_pid, input, output|
          seconds = option == "--max-seconds" ? Integer(limit) : 0
          with_writer_stopped(output, seconds) { assert_equal "2\n", input.puts || output.gets }
        end
        assert_equal ["exit 3", "4\n"], [run.ending, run.out], run.to_s
        assert_match(/\Acodetracer: [^\n]*, stopped by #{option} #{limit}, [^\n]*\n\z/, run.err)
        assert_empty Dir[in_folder("trace/children/*")]
      end
    end
  end

  def test_children_forked_when_a_budget_is_spent
    text = "40.times { |i| n = i }\n" \
           "p Array.new(8) { Process.wait2(fork { x = 1; exit!(4) if x == 2; exit 4 }).last }" \
           ".map(&:exitstatus)\n"
    WORDS.product([*1..4]) do |words, _|
      each_front(text, "--max-steps", "20", *words) do |trace|
        assert_equal ["exit 0", "#{[4] * 8}\n"], [@run.ending, @run.out], @run.to_s
        assert_match(/\Acodetracer: [^\n]*, stopped by --max-steps 20, [^\n]*\n\z/, @run.err)
        assert_empty Dir[File.join(trace, "children/*")]
      end
    end
  end

  def test_a_child_has_a_budget_of_steps_of_its_own
    text = "Process.wait(fork { 40.times { |i| n = i } })\n40.times { |i| n = i }\n"
    each_front(text, "--max-steps", "20") do |trace|
      [trace, *Dir[File.join(trace, "children/*")]].each do |folder|
        facts = JSON.parse(File.read(File.join(folder, "trace_info.json")))
        assert_equal [20, "stopped by --max-steps 20"],
                     [facts["counts"]["steps"], facts["failure"]], folder
      end
    end
  end

  def test_a_recording_that_cannot_be_made
    program = write_program("p.rb", LONG)
    FRONTS.each_value do |path|
      { [] => ["exit 1", ""], %w[--on-error abort] => ["exit 1", ""],
        %w[--on-error continue] => ["exit 3", "20000\n"],
        %w[--on-error continue --require-trace] => ["exit 1", ""] }.each do |words, expected|
        run = ruby(path, "-o", NOWHERE, *words, program)
        assert_equal expected, [run.ending, run.out], run.to_s
        assert_match(/\Acodetracer-ruby-recorder: .* \[CT-10\d\]\n\z/, run.err)
      end
    end
  end

  # A file may not grow beyond what the start needs.
  def test_a_recording_that_fails
    text = "20_000.times { |i| x = (i * 7919).to_s * 9 }\nputs :end\nexit 3\n"
    { [] => "exit 3", %w[--require-trace] => "exit 98", %w[--on-error abort] => "exit 97" }
      .each do |words, ending|
        program = write_program("p.rb", text)
        run = Command.run("sh", "-c", 'ulimit -f 200; exec "$@"', "sh", RbConfig.ruby,
                          FRONTS[:pure], "-o", in_folder("t"), *words, program, env: CLEAN)
        assert_equal ending, run.ending, run.to_s
        assert_match(/recording ended early: .*\[CT-201\]/, run.err)
      end
  end

  def test_wrong_words
    [%w[--max-steps 0], %w[--max-size x], %w[--max-seconds], %w[--on-error later]].each do |words|
      run = record(*words)
      assert_equal "exit 2", run.ending
      assert_match(/ \[CT-100\]\n\z/, run.err)
    end
  end

  # ---- closed to others ----

  def test_files_are_private_whatever_the_mask
    program = write_program("p.rb", "fork { x = 1 }\nProcess.wait\n")
    FRONTS.each do |front, path|
      trace = in_folder("#{front}/made")
      Command.run("sh", "-c", 'umask 0; exec "$@"', "sh", RbConfig.ruby, path, "-o", trace, program,
                  env: CLEAN)
      wrong = Dir.glob("**/*", base: in_folder(front.to_s)).reject do |name|
        stat = File.lstat(in_folder("#{front}/#{name}"))
        stat.mode & 0o777 == (stat.directory? ? 0o700 : 0o600)
      end
      assert_empty wrong
    end
  end

  # Whoever may write into the folder can lead nothing of the recording elsewhere.
  %w[trace.ct trace.json trace_info.json.new files children].each do |name|
    define_method("test_a_planted_#{name}_is_not_followed") do
      program = write_program("p.rb", "fork { x = 1 }\nProcess.wait\n")
      FRONTS.each do |front, path|
        victim = write_program("#{front}-target/kept", "kept")
        victim = File.dirname(victim) unless name.start_with?("trace")
        FileUtils.mkdir_p(in_folder(front.to_s))
        File.symlink(victim, in_folder("#{front}/#{name}"))
        ruby(path, "-o", in_folder(front.to_s), program)
        assert_equal ["kept"], Dir.children(in_folder("#{front}-target")), front.to_s
        assert_equal "kept", File.read(in_folder("#{front}-target/kept")), front.to_s
      end
    end
  end

  # The writer has no descriptor, environment or working folder's file of the program's.
  def test_the_writer_knows_nothing_of_the_program
    text = "secret = File.open(__FILE__)\nputs 'ready'\n$stdout.flush\ngets\n"
    program = write_program("p.rb", text)
    record(program, env: { "SECRET" => "x" }) do |_pid, input, output|
      assert_equal "ready\n", output.gets
      writer = writer_of(in_folder("trace"))
      assert_equal "", File.binread("/proc/#{writer}/environ")
      open = Dir["/proc/#{writer}/fd/*"].map { |link| File.readlink(link) }
      strange = open.grep_v(%r{\A(#{@folder}/trace(/|\z)|/dev/null|/memfd:|socket:|anon_inode:)})
      assert_empty strange
      input.puts
    end
  end

  # By what the system's library is asked for; programs that were stripped do not tell.
  def test_nothing_can_reach_a_network
    names = %w[ct-writer ctrace ext/*/codetracer_recorder.so].flat_map do |name|
      Dir["#{ROOT}/build/#{name}"].flat_map { |part| File.binread(part).scan(/\0(\w+)@/n) }
    end
    skip "imports are not named as known" unless names.include?(["socketpair"])
    assert_empty names.flatten & %w[socket connect bind listen accept getaddrinfo]
    ruby = Dir["#{ROOT}/{lib,src,exe}/**/*"].select { |path| File.file?(path) }
    assert_empty(ruby.select { |path| File.binread(path) =~ /require ["'](socket|net|open-uri)/n })
  end

  private

  # Until the block has ended and so many seconds have gone by.
  def with_writer_stopped(output, seconds)
    assert_equal "1\n", output.gets
    writer = writer_of(in_folder("trace"))
    Process.kill(:STOP, writer)
    ends_at = clock + seconds
    yield
    Thread.pass until clock > ends_at
  ensure
    Process.kill(:CONT, writer) if writer
  end

  def clock
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end

  def each_front(text, *options)
    program = write_program("p.rb", text)
    FRONTS.each do |front, path|
      @run = ruby(path, "-o", in_folder(front.to_s), *options, program)
      yield in_folder(front.to_s)
    end
  end
end
