# requires: 3.1
# A fiber scheduler: sleeps, Fiber.schedule, blocking queues. Its clock is a number.
class Scheduler
  def initialize
    @now = 0
    @sleeping = []
    @blocked = {}
    @ready = []
  end

  def run
    until @sleeping.empty? && @ready.empty?
      @ready.shift.resume if @ready.any?
      wake
    end
  end
  alias close run

  def wake
    @now, fiber = @sleeping.min_by(&:first)
    return unless fiber

    @sleeping.reject! { |_, other| other.equal?(fiber) }
    fiber.resume
  end

  def kernel_sleep(duration = nil)
    @sleeping << [@now + duration, Fiber.current]
    Fiber.yield
  end

  def block(blocker, timeout = nil)
    Fiber.yield
  end

  def unblock(blocker, fiber)
    @ready << fiber
  end

  def io_wait(io, events, timeout)
    events
  end

  def fiber_interrupt(fiber, exception)
    fiber.raise(exception)
  end

  def fiber(&block)
    fiber = Fiber.new(blocking: false, &block)
    fiber.resume
    fiber
  end
end

def work(name, pause)
  3.times do |i|
    sleep(pause)
    puts "#{name} #{i}"
  end
  name
end

Thread.new do
  Fiber.set_scheduler(Scheduler.new)
  Fiber.schedule { work("slow", 5) }
  Fiber.schedule { work("fast", 2) }
end.join
puts "all done"
