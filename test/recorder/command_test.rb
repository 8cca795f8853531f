# frozen_string_literal: true

# The command in C does what exe/codetracer-ruby-recorder does, but starts both Rubies at once.
#
# EquivalenceTest goes through it, too.
require_relative "recorder_case"
require_relative "../../lib/codetracer/recording_options"

class CommandTest < RecorderCase
  parallelize_me!

  BOOT = File.join(ROOT, "lib", "codetracer", "boot.rb")
  OPTIONS = CodeTracer::RecordingOptions
  # A value for each option that takes one.
  VALUES = {
    "-o" => "t", "--out-dir" => "t", "--profile" => "json", "--max-value" => "depth=1",
    "--spool-size" => "2M", "--recorder" => "pure", "--io" => "none", "--max-steps" => "5",
    "--max-size" => "1M", "--max-seconds" => "9", "--on-error" => "abort", "--c-calls" => "String",
    "--depth" => "5", "--flight-recorder" => "30s", "--on-exception" => "KeyError",
    "--dump-signal" => "USR1", "--serialize" => "A=@hash", "--watch" => "$x", "--from" => "A#m",
    "--until" => "A#m", "--after" => "9", "--sample" => "1/2", "--toggle-signal" => "USR2",
    "--trace-filter" => "f.toml", "--only" => "x", "--skip" => "x", "--only-method" => "A#m",
    "--skip-method" => "A#m"
  }.freeze
  NEEDED = { "--dump-signal" => "--flight-recorder=30s", "--sample" => "--from=A#m" }.freeze

  def setup
    super
    skip "it is not built" unless File.executable?(COMMAND)
    write_program("f.toml", FILTER_OF_ALL)
    @program = write_program("p.rb", <<~'RUBY')
      p ARGV, $0, __FILE__, $LOADED_FEATURES.grep(/codetracer/), defined?(CodeTracer)
      p ENV.keys.grep(/CODETRACER/) - ["CODETRACER_RUBY_RECORDER_OUT_DIR"]
      p trap("CHLD", "DEFAULT"), (Process.wait rescue $!.class)
      p Dir.children("/proc/self/fd").map(&:to_i).select { |fd| fd < 64 }.sort
      exit 7
    RUBY
  end

  def test_each_option_is_read_as_the_launcher_reads_it
    assert_equal OPTIONS::FLAGS.keys + CodeTracer::FilterOptions::FLAGS, VALUES.keys
    VALUES.each do |name, value|
      joined = name == "-o" ? "#{name}#{value}" : "#{name}=#{value}"
      assert_begins_at_program(*NEEDED[name], joined)
      assert_begins_at_program(*NEEDED[name], name, value) unless OPTIONS::SWITCHES.key?(name)
    end
    (OPTIONS::SWITCHES.keys - OPTIONS::NOT_FOR_WAITING).each do |name|
      assert_begins_at_program(name)
    end
  end

  def test_it_is_usually_beside_the_launcher
    [%w[], %w[-o t --quiet --only p.rb], %w[-ot --io=none], %w[--]].each do |words|
      assert beside?(*words), words.inspect
    end
    [{ "CODETRACER_RUBY_RECORDER_OUT_DIR" => "x" }, { "RUBYOPT" => "-w  -rset -W:no-deprecated" },
     { "CODETRACER_RUBY_TRACER_DEBUG" => "1" }].each { |env| assert beside?(env: env), env.inspect }
  end

  def test_what_the_launcher_has_to_know_first_is_left_to_it
    [%w[--exit-zero], %w[--follow], %w[-- -w]].each { |words| refute beside?(*words) }
    refute beside?(env: { "CODETRACER_FOLLOW" => "" })
    ["-W0 -v", "-wv", "-W2v", "-r set"].each { |text| refute beside?(env: { "RUBYOPT" => text }) }
    refute beside?(before: %w[taskset 1]) if processors_chosen?
    refute beside?(before: AS_SUBREAPER)
  end

  def test_every_refusal_is_the_same
    [%w[], %w[-o], %w[-o t], %w[--depth p.rb], %w[--depth 0 p.rb], %w[--none p.rb], %w[-x p.rb],
     %w[--format=json p.rb], %w[--help], %w[--version], %w[none.rb], %w[-o t none.rb], %w[.],
     %w[--quiet=1 p.rb], %w[--max-value x=1 p.rb], %w[--trace-filter none.toml p.rb],
     %w[-o /dev/null/x p.rb], %w[-o f.toml p.rb], %w[--], ["--", ""], [""], ["-o", "", "p.rb"],
     %w[filter explain p.rb], %w[--on-error continue -o f.toml p.rb], %w[--recorder rust p.rb],
     %w[--require-trace --on-error continue -o f.toml p.rb]].each { |words| assert_alike(*words) }
  end

  def test_surroundings
    [{ "CODETRACER_RUBY_RECORDER_DISABLED" => "1" }, { "RUBYOPT" => "-w" }, { "PATH" => nil },
     { "CODETRACER_RUBY_RECORDER_BACKEND" => "pure" }, { "RUBYOPT" => "-d -W0" },
     { "CODETRACER_RUBY_RECORDER_EXIT_ZERO" => "1" }, { "PATH" => "/none" }, { "PATH" => ":/bin" }]
      .each { |env| assert_alike("-o", "t", "p.rb", env: env) }
    assert_alike("-o", "f.toml", "p.rb", env: { "RUBYOPT" => "-v" })
  end

  def test_closed_streams
    [0, 1, 2].each do |fd|
      closed = ["sh", "-c", "exec \"$@\" #{fd}<&-", "sh"]
      assert_alike("-o", "t", "--quiet", "p.rb", before: closed)
    end
    assert_alike("-o", "t", "--quiet", "p.rb", before: ["sh", "-c", "exec \"$@\" <&- >&-", "sh"])
  end

  def test_a_child_signal_that_is_ignored_stays_so
    assert_alike("-o", "t", "p.rb", before: ["sh", "-c", "trap '' CHLD; exec \"$@\"", "sh"])
  end

  def test_links_and_other_rubies
    FileUtils.mkdir_p(in_folder("bin"))
    File.symlink(COMMAND, in_folder("bin/recorder"))
    assert_match(/p\.rb/, run_by(in_folder("bin/recorder"), "p.rb").out)
    write_program("bin/ruby", "#!/bin/sh\nexec #{RbConfig.ruby} \"$@\"\n")
    File.chmod(0o755, in_folder("bin/ruby"))
    other = { "PATH" => "#{in_folder('bin')}:#{ENV['PATH']}" }
    assert_alike("p.rb", env: other)
    refute beside?(env: other)
  end

  def test_away_from_its_folder
    FileUtils.cp(COMMAND, in_folder("recorder"))
    run = run_by(in_folder("recorder"), "p.rb")
    assert_equal ["exit 1", 1], [run.ending, run.err.lines.size], run.to_s
    assert_match(/\[CT-102\]\n\z/, run.err)
  end

  # Where no process is to be had there is no writer either: the program runs.
  def test_what_there_is_too_little_of
    few = ["sh", "-c", "ulimit -n 64; exec 62</dev/null; exec \"$@\"", "sh"]
    assert_alike("-o", "t", "p.rb", before: few)
    skip "only root can become somebody" unless Process.uid.zero?

    FileUtils.chmod(0o777, @folder)
    alone = %w[setpriv --reuid=65533 --clear-groups prlimit --nproc=1]
    assert_alike("-o", "t", "p.rb", before: alone)
  end

  # Who waits until the command's group is empty does not wait for the launcher.
  def test_the_group_ends_with_the_program
    5.times do
      group = nil
      words = [COMMAND, "--quiet", "-o", in_folder("t"), @program]
      Command.run(*words, env: CLEAN) { |pid| group = pid }
      assert_raises(Errno::ESRCH) { Process.kill(0, -group) }
    end
  end

  def test_a_launcher_that_nobody_waits_for
    reader, writer = IO.pipe
    reader.close
    env = CLEAN.merge("CODETRACER_ANSWER_FD" => writer.fileno.to_s)
    [%w[-o t p.rb], %w[-o f.toml p.rb], %w[none.rb]].each do |words|
      how = { writer => writer, chdir: @folder, err: %i[child out] }
      said = IO.popen([env, EXE, *words, how], &:read)
      assert_equal ["", 0], [said, $?.exitstatus]
      refute_path_exists in_folder("t")
    end
  end

  # More than a pipe holds, while nobody reads yet.
  def test_a_long_answer
    words = Array.new(3000) { |i| ["--skip", "no/such/folder/as/this/#{i}/**"] }.flatten
    assert beside?(*words)
  end

  def test_a_launcher_that_ends_early
    reader, writer = IO.pipe
    writer.close
    run = IO.pipe do |out, end_of_out|
      pid = spawn({ "CODETRACER_BOOT_FD" => reader.fileno.to_s }, RbConfig.ruby, "-r", BOOT, "-e",
                  "puts 1", reader => reader, %i[out err] => end_of_out)
      end_of_out.close
      [out.read, Process.wait2(pid).last.exitstatus]
    end
    assert_equal ["codetracer-ruby-recorder: its launcher did not answer [CT-103]\n", 1], run
  end

  private

  def run_by(command, *words, env: {}, before: [])
    FileUtils.rm_rf(in_folder("t"))
    Command.run(*before, command, *words, env: CLEAN.merge(env), chdir: @folder)
  end

  # The pipe to the launcher lies high; a boot file takes the first descriptor that is free.
  def beside?(*words, env: {}, before: [])
    program = write_program("beside.rb", "print File.binread('/proc/self/environ')\n")
    run = run_by(COMMAND, *words, program, env: env, before: before)
    Integer(run.out[/(?<=CODETRACER_BOOT_FD=)\d+/] || flunk(run.to_s)) >= 100
  end

  def processors_chosen?
    Command.run("taskset", "1", "true").status.success?
  rescue Errno::ENOENT
    false
  end

  def assert_begins_at_program(*words)
    run = run_by(COMMAND, *words, "p.rb", words.first, "x")
    assert_equal ["exit 7", "#{[words.first, 'x']}\n"], [run.ending, run.out.lines.first], run.to_s
  end

  def assert_alike(*words, **options)
    by_exe = run_by(EXE, *words, **options)
    kept = files_below(@folder).keys
    by_command = run_by(COMMAND, *words, **options)
    assert_equal [by_exe.ending, by_exe.out, steady(by_exe.err), kept],
                 [by_command.ending, by_command.out, steady(by_command.err),
                  files_below(@folder).keys], [words, options].inspect
  end

  # Without how long it took and how large it became.
  def steady(text)
    text.gsub(/, \d[\d.]* [a-zA-Z]+(?=[,:])/, "")
  end
end
