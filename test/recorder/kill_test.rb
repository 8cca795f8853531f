# frozen_string_literal: true

# What is left of a recording when the program, or the writer, is killed at any moment.
#
# The program counts in shared memory as it goes; the trace must hold as many steps, give or take
# the line it was on. KILL_COUNT sets how often (10).
require_relative "recorder_case"

class KillTest < RecorderCase
  parallelize_me!

  KILL_COUNT = Integer(ENV.fetch("KILL_COUNT", "10"))
  DELAY_MS_MAX = 60

  COUNTING = <<~'RUBY'
    counter = File.open(ARGV.first, "r+b")
    n = 0
    puts "ready"
    $stdout.flush
    loop do
      n += 1
      counter.pwrite([n].pack("Q"), 0)
    end
  RUBY
  COUNTING_LINE = 7

  LONG = <<~'RUBY'
    puts "ready"
    $stdout.flush
    gets
    n = 0
    n += 1 while n < 200_000
    200_000.times do |i|
      n -= 1
    end
    puts n
    exit 7
  RUBY

  def test_program_killed_at_any_moment
    program = write_program("counting.rb", COUNTING)
    KILL_COUNT.times { kill_and_check(program, rand(DELAY_MS_MAX) / 1000.0) }
  end

  def test_writer_killed_leaves_the_program_alone
    program = write_program("long.rb", LONG)
    run = record(program) do |_pid, input, output|
      assert_equal "ready\n", output.gets
      Process.kill(:KILL, writer_of(in_folder("trace")))
      input.puts
    end
    assert_equal ["exit 7", "0\n"], [run.ending, run.out], run.to_s
    assert_match(OWN_LINE, run.err)
    assert_equal "", without_own_lines(run.err)
  end

  private

  def kill_and_check(program, delay)
    counter = in_shared_memory
    record(program, counter) do |pid, _input, output|
      assert_equal "ready\n", output.gets
      sleep(delay) # the moment to kill at, nothing that is waited for
      Process.kill(:KILL, pid)
    end
    counted = File.binread(counter).unpack1("Q")
    recorded = step_places(checked_events).count("#{program}:#{COUNTING_LINE}")
    assert_includes counted - 1..counted + 1, recorded, "killed after #{delay} s"
  ensure
    File.delete(counter) if counter
  end

  def in_shared_memory
    folder = File.directory?("/dev/shm") ? "/dev/shm" : @folder
    path = File.join(folder, "codetracer-counter-#{Process.pid}-#{object_id}")
    File.binwrite(path, [0].pack("Q"))
    path
  end

  WRITER_LOOKS_MAX = 2000 # it may not have opened its file yet

  def writer_of(trace)
    WRITER_LOOKS_MAX.times do
      pid = process_with_open_file(trace)
      return pid if pid
    end
    flunk "no process has #{trace} open"
  end

  def process_with_open_file(trace)
    Dir["/proc/[0-9]*/fd/*"].each do |link|
      next unless (File.readlink(link) rescue "").start_with?("#{trace}/")

      return Integer(link[%r{/proc/(\d+)/}, 1])
    end
    nil
  end
end
