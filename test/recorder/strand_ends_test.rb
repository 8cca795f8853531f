# frozen_string_literal: true

# Ends of threads and fibers that Ruby does not tell of: killed, failed, left behind.
#
# By both recorders, on all Rubies alike, though Ruby 3.3 and later tell of more ends.
require_relative "recorder_case"

class StrandEndsTest < RecorderCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  KILLED = <<~'RUBY'
    def work(queue)
      queue << 1
      sleep
    end
    started = Queue.new
    killed = Thread.new { work(started) }
    started.pop
    killed.kill
    killed.join
    failed = Thread.new { Thread.current.report_on_exception = false; raise "no" }
    failed.join rescue 0
    left = Thread.new { work(started) }
    started.pop
    whole = Thread.new { 1 + 1 }
    whole.join
  RUBY
  # A thread is killed where no event tells of it, with a fiber that waits.
  UNSEEN = <<~'RUBY'
    require "fiber"
    started = Queue.new
    waits = Thread.new do
      Fiber.new { Fiber.yield 1 }.resume
      started << 1; sleep
    end
    started.pop
    waits.kill
    waits.join
    x = 1
    Thread.new { 2 }.join
    x = 2
  RUBY
  MANY = <<~'RUBY'
    started = Queue.new
    60.times do |n|
      threads = Array.new(5) { Thread.new { started << n; sleep } }
      5.times { started.pop }
      threads.each(&:kill).each(&:join)
      GC.start if (n % 10).zero?
    end
  RUBY
  ABANDONED = <<~'RUBY'
    require "fiber"
    def work(n)
      Fiber.yield(n)
    end
    1500.times do |n|
      Fiber.new { work(n) }.resume
      GC.start if (n % 100).zero?
    end
  RUBY

  { "native" => RECORDER, "pure" => PURE }.each do |name, recorder|
    define_method("test_killed_and_failed_threads_#{name}") do
      told = events_of(recorder, KILLED).scan(/Thread(?:Start|Exit) \d+/)
      assert_equal ["ThreadStart 1", "ThreadExit 1", "ThreadStart 2", "ThreadExit 2",
                    "ThreadStart 3", "ThreadStart 4", "ThreadExit 4", "ThreadExit 3"], told
    end

    define_method("test_a_killed_thread_ends_with_its_fibers_#{name}") do
      told = events_of(recorder, UNSEEN).scan(/Thread(?:Start|Exit) \d+/)
      assert_equal ["ThreadStart 1", "ThreadStart 2", "ThreadExit 2", "ThreadExit 1",
                    "ThreadStart 3", "ThreadExit 3"], told
    end

    define_method("test_many_killed_threads_#{name}") do
      events = events_of(recorder, MANY)
      assert_equal (1..300).to_a, numbers(events, "Exit").sort
      assert_equal (1..300).to_a, numbers(events, "Start")
    end

    define_method("test_fibers_that_are_collected_#{name}") do
      events = events_of(recorder, ABANDONED)
      ended = numbers(events, "Exit")
      assert_operator ended.size, :>, 500
      assert_equal ended.uniq, ended
      calls = ["ended with its fiber", "still running when the recording ended"].map do |text|
        events.scan("return Unfinished:#{text.inspect}").size
      end
      assert_equal [ended.size, 1500 - ended.size], calls
      refute_includes ended, 1500
    end

    define_method("test_a_dead_thread_before_stop_#{name}") do
      program = write_program("program.rb", <<~RUBY)
        require "codetracer/recorder"
        CodeTracer.start(out_dir: "trace", profile: "json", recorder: #{name.inspect})
        go = Queue.new
        dead = Thread.new { go.pop }
        alive = Thread.new { 2; sleep }
        Thread.pass until [dead, alive].all?(&:stop?)
        dead.kill.join; CodeTracer.stop
      RUBY
      ruby("-I", File.join(ROOT, "lib"), program, chdir: @folder)
      events = checked_events
      assert_equal 1, numbers(events, "Exit").size
      assert_equal [1, 2], numbers(events, "Start").sort
    end
  end

  private

  def numbers(events, what)
    events.scan(/Thread#{what} (\d+)/).map { |(number)| Integer(number) }
  end

  def events_of(recorder, text)
    run = ruby(recorder, "-o", in_folder("trace"), write_program("program.rb", text))
    assert run.status.success?, run.to_s
    checked_events
  end
end
