# frozen_string_literal: true

# What is left of a recording when the program, or the writer, is killed at any moment.
#
# Five programs count in shared memory as they go; the trace must hold as many steps, give or take
# the line it was on. KILL_COUNT sets how often in all (10).
require_relative "recorder_case"

class KillTest < RecorderCase
  parallelize_me!

  KILL_COUNT = Integer(ENV.fetch("KILL_COUNT", "10"))
  DELAY_MS_MAX = 60

  # Programs that write their count down on one line, and how each gets there. They are done with
  # 100,000 events or so when nobody kills them.
  HEAD = <<~'RUBY'
    counter = File.open(ARGV.first, "r+b")
    n = 0
    puts "ready"
    $stdout.flush
  RUBY
  COUNT = "counter.pwrite([n += 1].pack(\"Q\"), 0)"
  COUNTING = {
    "loop" => "30_000.times do\n  #{COUNT}\nend\n",
    "calls" => "def add(a, b) = a + b\nvalues = {}\n" \
               "9_000.times do |i|\n  values[i % 50] = add(i, \"text \#{i}\".size)\n" \
               "  #{COUNT}\nend\n",
    "exceptions" => "def check(i)\n  raise ArgumentError, \"no \#{i}\" if i.odd?\n" \
                    "ensure\n  i = 0\nend\n" \
                    "9_000.times do |i|\n  check(i)\nrescue ArgumentError => e\n  #{COUNT}\nend\n",
    "fibers" => "fibers = Array.new(3) { Fiber.new { loop { |i| Fiber.yield i } } }\n" \
                "9_000.times do |i|\n  fibers[i % 3].resume\n  #{COUNT}\nend\n",
    "values" => "9_000.times do |i|\n  list = Array.new(12) { |k| [k, i.to_s * 9] }\n" \
                "  #{COUNT}\nend\n"
  }.freeze

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

  COUNTING.each do |name, text|
    define_method("test_#{name}_killed_at_any_moment") do
      skip "endless methods" if name == "calls" && RUBY_VERSION < "3.0"
      program = write_program("counting.rb", HEAD + text + "sleep\n")
      line = (HEAD + text).lines.index { |it| it.include?(COUNT) } + 1
      KILL_COUNT.fdiv(COUNTING.size).ceil.times do
        kill_and_check(program, line, rand(DELAY_MS_MAX) / 1000.0)
      end
    end
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

  def kill_and_check(program, line, delay)
    counter = in_shared_memory
    record(program, counter) do |pid, _input, output|
      assert_equal "ready\n", output.gets
      sleep(delay) # the moment to kill at, nothing that is waited for
      Process.kill(:KILL, pid)
    end
    counted = File.binread(counter).unpack1("Q")
    recorded = step_places(checked_events).count("#{program}:#{line}")
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
end
