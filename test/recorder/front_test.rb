# frozen_string_literal: true

# The recorded program as PID 1, as a subreaper, and what it sees of our processes.
#
# There the launcher stays in front: it forwards signals and status and outlives the writer.
require "pty"
require_relative "recorder_case"

class FrontTest < RecorderCase
  parallelize_me!

  PROGRAM = <<~'RUBY'
    def child(n)
      fork { exit!(n) }
    end
    child(3)
    puts Process.waitall.map { |_, status| status.exitstatus }.inspect
    $stdout.flush
    exit 5
  RUBY

  NEW_NAMESPACE = %w[unshare --pid --fork].freeze

  def test_pid_one
    skip "unshare --pid is not permitted here" unless namespaces_permitted?

    assert_alike(NEW_NAMESPACE, PROGRAM)
    assert_alike(NEW_NAMESPACE, "puts 1; $stdout.flush; fork { sleep }; exit 6\n")
  end

  def test_pid_one_whose_program_is_killed
    skip "unshare --pid is not permitted here" unless namespaces_permitted?

    run = recorded(NEW_NAMESPACE, "x = 1\nputs x\n$stdout.flush\nProcess.kill(:KILL, $$)\nsleep\n")
    assert_equal ["exit 137", "1\n"], [run.ending, run.out], run.to_s
    checked_events
  end

  def test_subreaper
    assert_alike(AS_SUBREAPER, PROGRAM)
    assert_alike(AS_SUBREAPER, "puts 1; $stdout.flush; Process.kill(:TERM, $$); sleep\n")
  end

  ON_SIGNAL = <<~'RUBY'
    %w[USR1 INT TERM].each { |name| trap(name) { puts name; exit 9 } }
    puts "ready"
    $stdout.flush
    sleep
  RUBY

  def test_signals_reach_the_program_behind_the_front
    words = recorder_words(write_program("p.rb", ON_SIGNAL))
    %w[USR1 INT TERM].each do |name|
      run = Command.run(*AS_SUBREAPER, *words, env: CLEAN) do |pid, _input, output|
        assert_equal "ready\n", output.gets
        Process.kill(name, pid)
      end
      assert_equal ["exit 9", "#{name}\n"], [run.ending, run.out], run.to_s
      checked_events
    end
  end

  COUNTING = <<~'RUBY'
    count = 0
    trap("INT") { count += 1 }
    puts "ready"
    gets
    puts "interrupts: #{count}"
  RUBY

  # The terminal interrupts the whole foreground group; the front must not do it again.
  def test_control_c_comes_once
    words = [RbConfig.ruby, RECORDER, "--exit-zero", "-o", in_folder("trace")]
    PTY.spawn(CLEAN, *words, write_program("p.rb", COUNTING)) do |output, input, pid|
      nil until output.gets.start_with?("ready")
      input.write("\x03\n")
      line = output.gets until line.to_s.start_with?("interrupts")
      assert_equal "interrupts: 1", line.chomp
      Process.wait(pid)
    end
  end

  private

  def namespaces_permitted?
    Command.run(*NEW_NAMESPACE, "true").status.success?
  end

  def assert_alike(prefix, text)
    program = write_program("p.rb", text)
    plain = Command.run(*prefix, RbConfig.ruby, program, env: CLEAN)
    [[RbConfig.ruby, RECORDER], ([COMMAND] if File.executable?(COMMAND))].compact.each do |front|
      words = [*prefix, *front, "-o", in_folder("trace"), program]
      assert_same_run(plain, Command.run(*words, env: CLEAN))
      checked_events
    end
  end

  def recorded(prefix, text)
    Command.run(*prefix, *recorder_words(write_program("p.rb", text)), env: CLEAN)
  end

  def recorder_words(program)
    [RbConfig.ruby, RECORDER, "-o", in_folder("trace"), program]
  end
end
