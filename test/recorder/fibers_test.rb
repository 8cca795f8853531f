# frozen_string_literal: true

# Which fiber is which: numbers are not handed on, and ends are told where the VM lets them be seen.
#
# By both recorders. What happens inside of fibers is in test/programs and test/property.
require_relative "recorder_case"

class FibersTest < RecorderCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  ABANDONED = <<~'RUBY'
    require "fiber"
    def work(n)
      Fiber.yield(n)
    end
    200.times do |n|
      Fiber.new { work(n) }.resume
      GC.start if (n % 10).zero?
    end
  RUBY
  FINISHED = <<~'RUBY'
    require "fiber"
    def work(n)
      n
    end
    3.times { |n| Fiber.new { work(n) }.resume }
    waiting = nil
    thread = Thread.new do
      waiting = Fiber.new { work(Fiber.yield) }
      waiting.resume
      work(9)
    end
    thread.join
    work(10)
  RUBY

  { "native" => RECORDER, "pure" => PURE }.each do |name, recorder|
    define_method("test_a_collected_fiber_leaves_its_number_to_no_other_#{name}") do
      events = events_of(recorder, ABANDONED)
      assert_equal 200, events.scan("ThreadStart").size
      assert_equal 0, events.scan("ThreadExit").size
      assert_equal 200, events.scan(/call <fiber \d+>/).uniq.size
    end

    define_method("test_a_fiber_that_has_finished_#{name}") do
      events = events_of(recorder, FINISHED)
      told = events.scan(/Thread(?:Start|Exit) \d+/)
      assert_equal ["ThreadStart 1", "ThreadExit 1", "ThreadStart 2", "ThreadExit 2",
                    "ThreadStart 3", "ThreadExit 3", "ThreadStart 4", "ThreadStart 5",
                    "ThreadExit 5", "ThreadExit 4"], told
    end
  end

  # Nothing comes after it that would show that it is over.
  ENDINGS = { "the_end" => "", "exit" => "; exit 0", "at_exit" => "\nat_exit { 1 }",
              "exception" => "; raise SystemExit" }.freeze
  { "native" => RECORDER, "pure" => PURE }.each do |name, recorder|
    ENDINGS.each do |ending, text|
      define_method("test_a_fiber_that_ends_last_before_#{ending}_#{name}") do
        events = events_of(recorder, "x = 1\nFiber.new { 2 + 2 }.resume#{text}\n")
        assert_equal %w[ThreadStart ThreadExit], events.scan(/Thread(?:Start|Exit)/)
      end
    end

    define_method("test_a_fiber_that_ends_last_before_stop_#{name}") do
      program = write_program("program.rb", <<~RUBY)
        require "codetracer/recorder"
        CodeTracer.start(out_dir: "trace", profile: "json", recorder: #{name.inspect})
        Fiber.new { 2 + 2 }.resume; x = 1; CodeTracer.stop
      RUBY
      ruby("-I", File.join(ROOT, "lib"), program, chdir: @folder)
      assert_equal %w[ThreadStart ThreadExit], checked_events.scan(/Thread(?:Start|Exit)/)
    end
  end

  private

  def events_of(recorder, text)
    run = ruby(recorder, "-o", in_folder("trace"), write_program("program.rb", text))
    assert run.status.success?, run.to_s
    checked_events
  end
end
