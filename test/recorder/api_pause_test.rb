# frozen_string_literal: true

# CodeTracer.pause and resume: what is seen and what is not, and that nothing costs in between.
#
# Calls that begin or end while nobody looks must come out as a valid trace that does not lie: one
# that ended is never taken for a later one at the same place of the VM's stack.
require_relative "api_case"

class ApiPauseTest < ApiCase
  parallelize_me!

  LOST = "left without a return event"
  MOVING = <<~'RUBY'
    def step(queue, done)
      n = queue.pop
      done << n
      n
    end
    queue, done = Queue.new, Queue.new
    ending = Thread.new { step(queue, done) }
    ending.join(0.001) until ending.status == "sleep"
    CodeTracer.start(out_dir: "t", quiet: true)
    staying = Thread.new { 3.times { step(queue, done) } }
    fiber = Fiber.new { 3.times { |i| step(Queue.new << i, done) && Fiber.yield } }
    fiber.resume
    Thread.pass until staying.status == "sleep"
    CodeTracer.pause
    fiber.resume
    4.times { |i| queue << i }
    ending.join
    staying.join
    CodeTracer.resume
    fiber.resume
    at = 21
    CodeTracer.stop
  RUBY
  ENDINGS = <<~'RUBY'
    def pausing(depth, &block)
      return pausing(depth - 1, &block) if depth.positive?

      CodeTracer.pause
      yield
    end

    def by_exception
      pausing(2) { raise "away" }
    rescue RuntimeError
      CodeTracer.resume
      at = 11
    end

    def by_throw
      catch(:away) { pausing(1) { throw :away } }
      CodeTracer.resume
      at = 17
    end
    CodeTracer.start(out_dir: "t", quiet: true)
    by_exception
    by_throw
    at = 22
    CodeTracer.stop
  RUBY

  def test_nothing_is_recorded_between
    run_program(<<~'RUBY')
      def seen(n)
        puts "seen #{n}"
      end
      CodeTracer.start(out_dir: "t", quiet: true)
      seen(1)
      CodeTracer.pause
      CodeTracer.pause
      seen(2)
      CodeTracer.event("between")
      begin
        raise "between"
      rescue RuntimeError
        p CodeTracer.recording?
      end
      CodeTracer.resume
      CodeTracer.resume
      seen(3)
      CodeTracer.stop
    RUBY
    text = events("t")
    assert_equal "seen 1\nseen 2\ntrue\nseen 3\n", @run.out
    assert_equal %w[1 3], text.scan(/call seen\(.*Integer:(\d)\)/).flatten
    assert_equal ["seen 1\\n", "seen 3\\n"], text.scan(/event 0 "" "(.*)"$/).flatten
    refute_match(/between/, text)
  end

  def test_the_hooks_are_off
    run_program(<<~'RUBY')
      def enabled
        ObjectSpace.each_object(TracePoint).count(&:enabled?)
      end
      before = enabled
      CodeTracer.start(out_dir: "t", quiet: true)
      class Seen # for ends of class bodies
        x = 1
      end
      recording = enabled
      CodeTracer.pause
      paused = enabled
      CodeTracer.resume
      resumed = enabled
      CodeTracer.stop
      p before == enabled, resumed == recording
      p recording - paused >= 2, paused # ended threads, compiled scripts, the collector
    RUBY
    assert_equal "true\ntrue\ntrue\n#{paused_hook_count}\n", @run.out
  end

  def test_a_call_that_ended_is_told_from_the_next
    run_program(<<~'RUBY')
      def work(n)
        CodeTracer.resume if n == 2
        at = 3
        CodeTracer.pause if n == 1
        at
      end

      def both
        work(1)
        work(2)
        work(3)
      end
      CodeTracer.start(out_dir: "t", quiet: true)
      both
      CodeTracer.stop
    RUBY
    text = events("t")
    assert_equal %w[both work work], text.scan(/call (\w+)\(/).flatten
    assert_equal [1, 14, 8, 9, 1, 2, 3, 4, 3, 4, 5, 11, 1, 2, 3, 4, 5, 6, 12, 15],
                 lines_of(text)
    assert_equal 1, text.scan(LOST).size
  end

  def test_calls_that_end_however_it_may_be
    run_program(ENDINGS)
    text = events("t")
    assert_equal 5, text.scan(LOST).size
    assert_equal %w[11 17], text.scan(/^  return Integer:(\d+)/).flatten
    assert_includes lines_of(text), 22
  end

  def test_calls_that_began_between_have_steps_and_no_call
    run_program(<<~'RUBY')
      def begun
        unseen = 2
        CodeTracer.resume
        at = 4
        inner
        at + 1
      end

      def inner
        at = 10
      end
      CodeTracer.start(out_dir: "t", quiet: true)
      CodeTracer.pause
      begun
      CodeTracer.stop
    RUBY
    assert_equal [1, 13, 4, 5, 9, 10, 11, 6, 15], lines_of(events("t"))
    assert_equal ["<top-level>", "inner"], events("t").scan(/call (\S+?)\(/).flatten
  end

  def test_threads_and_fibers_that_move_on_between
    run_program(MOVING)
    assert_equal "", @run.err
    text = events("t")
    assert_includes lines_of(text), 21
    assert_equal 3, text.scan(/call step\(/).size - text.scan("Suspended").size
    assert_equal 1, text.scan(LOST).size
  end

  def test_code_that_was_compiled_between
    write_program("part.rb", "def part\n  at = 2\nend\n")
    run_program(<<~'RUBY')
      CodeTracer.start(out_dir: "t", quiet: true)
      CodeTracer.pause
      require_relative "part"
      eval("def evaled\n  at = 101\nend\n", binding, __FILE__, 100)
      eval("def nameless\n  at = 2\nend\n")
      CodeTracer.resume
      part
      evaled
      nameless
      CodeTracer.stop
    RUBY
    assert_equal %w[<top-level> part evaled], events("t").scan(/call (\S+?)\(/).flatten
  end

  def test_the_end_of_the_program_in_a_pause
    run_program(<<~'RUBY')
      def open
        CodeTracer.pause
        exit 3
      end
      CodeTracer.start(out_dir: "t")
      open
    RUBY
    assert_equal "exit 3", @run.ending
    assert_match(/\Acodetracer: 4 steps, 2 calls/, @run.err)
    assert_match(/still running when the recording ended/, events("t"))
  end

  def test_a_thousand_pauses_are_one_trace
    run_program(<<~'RUBY')
      def seen(n)
        n
      end
      CodeTracer.start(out_dir: "t", quiet: true)
      1000.times do |i|
        CodeTracer.pause
        seen(-1)
        CodeTracer.resume
        seen(i)
      end
      CodeTracer.stop
    RUBY
    text = events("t")
    assert_equal 1000, text.scan(/call seen\(self=Object:"main", n=Integer:\d/).size
    assert_equal 0, text.scan(LOST).size
  end

  private

  # Ended threads, compiled scripts, the collector.
  def paused_hook_count
    3 # those that are targeted are hidden
  end
end
