# frozen_string_literal: true

# The lock of the API: who goes through, and that no exception leaves it taken.
#
# Exceptions and signals are put between any two lines of it by a TracePoint.
require "minitest"
require "timeout"
require_relative "../../lib/codetracer/call_lock"

class CallLockTest < Minitest::Test
  PATH = File.expand_path("../../lib/codetracer/call_lock.rb", __dir__)
  KINDS = %i[line c_return return].freeze

  class Outside < StandardError
  end

  def setup
    @lock = CodeTracer::CallLock.new
  end

  def test_an_exception_anywhere_on_the_way_in
    count = on_the_way_in(->(*) {})
    assert_operator count, :>, 4
    count.times do |index|
      assert_raises(Outside) { on_the_way_in(->(at) { raise Outside if at == index }) }
      assert free?, "after the event #{index}"
    end
  end

  def test_a_handler_anywhere_goes_through
    on_the_way_in(->(*) {}).times do |index|
      calls = []
      on_the_way_in(lambda do |at|
        Timeout.timeout(60) { @lock.synchronize { calls << at } } if at == index
      end)
      assert_equal [index], calls
      assert free?
    end
  end

  def test_one_thread_at_a_time
    inside = most = 0
    threads = Array.new(4) do
      Thread.new do
        50.times do
          @lock.synchronize do
            most = [most, inside += 1].max
            Thread.pass
            inside -= 1
          end
        end
      end
    end
    threads.each(&:join)
    assert_equal 1, most
  end

  def test_a_fiber_of_the_same_thread_goes_through
    assert_equal 2, @lock.synchronize { Fiber.new { @lock.synchronize { 2 } }.resume }
    assert free?
  end

  def test_a_child_of_a_thread_that_has_not_got_it
    skip "no fork" unless Process.respond_to?(:fork)
    inside, done = Queue.new, Queue.new
    holder = Thread.new { @lock.synchronize { inside << 1 && done.pop } }
    inside.pop
    child = fork { exit!(Timeout.timeout(60) { @lock.synchronize { 3 } }) }
    Process.wait(child)
    assert_equal 3, $?.exitstatus
    done << 1
    holder.join
  end

  private

  # How many events there are until the block is run; calls `action` with the index of each.
  def on_the_way_in(action)
    count = 0
    watch = TracePoint.new(*KINDS) do |event|
      next unless event.path == PATH

      count += 1
      action.call(count - 1)
    end
    watch.enable { @lock.synchronize { watch.disable } }
    count
  end

  # To another thread.
  def free?
    taker = Thread.new { @lock.synchronize { true } }
    taker.join(5) && taker.value
  ensure
    taker.kill
  end
end
