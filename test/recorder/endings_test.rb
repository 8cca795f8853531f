# frozen_string_literal: true

# What each ending of a program leaves on disk: doc/format/states.md, line by line.
#
# That the program ends as it would have is EquivalenceTest's.
require "json"
require_relative "recorder_case"

class EndingsTest < RecorderCase
  parallelize_me!

  FRONTS = { native: RECORDER, pure: File.join(ROOT, "trace.rb") }.freeze
  LAST = 'last = "line"'
  WAITING = "#{LAST}\n$stdout.syswrite(\"ready\\n\")\nsleep\n"

  # ending → program, state, how
  INSIDE = {
    normal: [LAST, "complete", "exit"], exit: ["#{LAST}\nexit 3", "complete", "exit"],
    abort: ["#{LAST}\nabort 'x'", "complete", "exit"],
    uncaught: ["#{LAST}\nraise 'x'", "complete", "exception"],
    exit_bang: ["#{LAST}\nexit!(3)", "interrupted", "unseen"],
    exec: ["#{LAST}\nexec('true')", "interrupted", "unseen"],
    overflow: ["#{LAST}\ndef m(a) = m(a)\nm(1)", "complete", "exception"],
    thread: ["#{LAST}\nThread.new { exit 4 }.join", "complete", "exit"],
    fiber: ["#{LAST}\nFiber.new { exit 4 }.resume", "complete", "exit"],
    at_exit: ["at_exit { #{LAST}\nexit 5 }", "complete", "exit"]
  }.freeze
  # signal → state native, state pure
  SIGNALS = {
    INT: %w[complete complete], TERM: %w[complete complete], HUP: %w[complete complete],
    KILL: %w[interrupted recording], SEGV: %w[interrupted recording],
    ABRT: %w[interrupted recording]
  }.freeze

  INSIDE.each do |name, (text, state, how)|
    define_method("test_#{name}") do
      skip "endless methods" if name == :overflow && RUBY_VERSION < "3.0"
      FRONTS.each_key do |front|
        run_front(front, text)
        assert_whole(front, state)
        assert_equal how, facts(front)["end"]["how"]
      end
    end
  end

  SIGNALS.each do |signal, states|
    define_method("test_sig#{signal.to_s.downcase}") do
      FRONTS.keys.zip(states) do |front, state|
        run_front(front, WAITING) do |pid, _input, output|
          assert_equal "ready\n", output.gets
          Process.kill(signal, pid)
        end
        assert_whole(front, state)
      end
    end
  end

  # The kernel's own kill, in a group of processes that may have 80 MB.
  def test_killed_for_want_of_memory
    program = write_program("p.rb", "#{LAST}\nFile.write('/proc/self/oom_score_adj', '1000')\n" \
                                    "kept = []\nkept << 'x' * 1_000_000 while true\n")
    %w[interrupted recording].zip(FRONTS) do |state, (front, path)|
      with_little_memory do |group|
        trace = in_folder(front.to_s)
        run = Command.run("sh", "-c", 'echo $$ >"$0/cgroup.procs"; exec "$@"', group,
                          RbConfig.ruby, path, "-o", trace, program, env: CLEAN)
        skip "swapping goes before killing here" if run.ending == "exit 1"
        assert_equal "signal 9", run.ending, run.to_s
        assert_whole(front, state)
      end
    end
  end

  def test_a_disk_that_fills_up
    skip "needs root" unless Process.uid.zero?
    skip "no mount namespaces here" unless system("unshare", "-m", "true", err: File::NULL)
    text = "x = nil\n60_000.times { x = rand(1 << 300).to_s }\nputs :end\nexit 3\n"
    program = write_program("p.rb", text)
    FRONTS.each do |front, path|
      trace = in_folder([front, *["long" * 20] * 4].join("/")) # longer than a message
      run = Command.run("unshare", "-m", "sh", "-c", <<~'SH', trace, RbConfig.ruby, path, program)
        mkdir -p "$0" && mount -t tmpfs -o size=1m none "$0" || exit 77
        "$1" "$2" -o "$0" "$3"; status=$?
        cp -R "$0" "$0.kept"; exit $status
      SH
      skip "nothing can be mounted here" if run.ending == "exit 77"
      assert_equal ["exit 3", "end\n"], [run.ending, run.out], run.to_s
      assert_match(/\Acodetracer: recording ended early: No space left .*\[CT-201\]/, run.err)
      assert_repairable("#{trace}.kept")
    end
  end

  def test_a_folder_that_is_removed
    FRONTS.each do |front, path|
      trace = in_folder(front.to_s)
      program = write_program("p.rb", "require 'fileutils'\nFileUtils.rm_rf(#{trace.inspect})\n" \
                                      "9000.times { |i| x = i }\nputs :end\nexit 3\n")
      run = ruby(path, "-o", trace, program)
      assert_equal ["exit 3", "end\n"], [run.ending, run.out], run.to_s
      assert_equal "", without_own_lines(run.err)
    end
  end

  def test_a_writer_that_is_stopped_does_not_take_ctrl_c_away
    text = "puts 'ready'\n$stdout.flush\ngets\nbegin\n  loop { x = 'a' * 200 + rand.to_s }\n" \
           "rescue Interrupt\n  puts 'rescued'\n  exit 3\nend\n"
    program = write_program("p.rb", text)
    run = ruby(RECORDER, "-o", in_folder("native"), "--spool-size", "1M", program) do |pid, i, out|
      assert_equal "ready\n", out.gets
      writer = writer_of(in_folder("native"))
      Process.kill(:STOP, writer)
      i.puts
      Thread.pass until Dir["/proc/#{pid}/task/*/wchan"].any? { |f| File.read(f) =~ /futex|nanosl/ }
      Process.kill(:INT, pid)
      assert_equal "rescued\n", out.gets
    ensure
      Process.kill(:KILL, writer) if writer
    end
    assert_equal "exit 3", run.ending, run.to_s
    assert_match(/CT-20[23]/, run.err)
  end

  private

  LIMITS = { "/sys/fs/cgroup/memory" => "memory.limit_in_bytes",
             "/sys/fs/cgroup" => "memory.max" }.freeze

  def with_little_memory
    root, limit = LIMITS.find { |folder, name| !Dir.glob("#{folder}/*/#{name}").empty? }
    skip "no group of processes can be limited here" unless root && File.writable?(root)
    group = File.join(root, "codetracer-test-#{Process.pid}-#{object_id}")
    Dir.mkdir(group)
    File.write(File.join(group, limit), (80 << 20).to_s)
    yield group
  rescue SystemCallError => e
    skip "no group of processes can be limited here: #{e.message}"
  ensure
    remove_group(group) if group
  end

  # It is empty once the writer has ended, which a reader of the trace has waited for.
  def remove_group(group)
    2000.times do
      return Dir.rmdir(group)
    rescue SystemCallError
      Thread.pass
    end
  end

  def run_front(front, text, &block)
    program = write_program("p.rb", text)
    trace = in_folder(front.to_s)
    @run = Command.run("sh", "-c", 'ulimit -c 0; exec "$@"', "sh", RbConfig.ruby, FRONTS[front],
                       "-o", trace, program, env: CLEAN, &block)
  end

  def assert_whole(front, state)
    events = checked_events(in_folder(front.to_s))
    assert_equal state, facts(front)["state"], @run.to_s
    assert_match(/last = (NilClass:None|String:"line")/, events) unless state == "recording"
  end

  # Nothing is missing but the end, and verify says so.
  def assert_repairable(trace)
    verified = Command.run(CTRACE, "verify", trace)
    assert_match(/:\ (1\ of\ the\ calls\ never\ returns,\ .*|
                  (?!1\ )\d+\ of\ the\ calls\ never\ return,\ .*|
                  the\ file\ ends\ .*)\n1\ finding\n\z/x,
                 verified.out)
    repaired = Command.run(CTRACE, "repair", "--out", "#{trace}.whole", trace)
    assert repaired.status.success?, repaired.to_s
    assert_match(/^  step .*:2$/, checked_events("#{trace}.whole"))
  end

  def facts(front)
    JSON.parse(File.read(in_folder("#{front}/trace_info.json")))
  end
end
