# frozen_string_literal: true

# Programs whose recorder is made to fail, call by call: short, and each with other parts of it.
#
# Used by FaultTest. What they print is the same each time.
module FaultyPrograms
  VALUES = <<~'RUBY'
    def add(a, b)
      list = [a, b, { x: "text", y: [1, 2.5, nil] }]
      list.size + a
    end

    class Thing
      def initialize(n)
        @n = n
      end

      def go
        yield @n
      end
      define_method(:twice) { |by| @n * by }
    end
    puts add(1, 2)
    Thing.new(3).go { |x| puts x }
    puts Thing.new(4).twice(2)
    eval("z = 1\nputs z + 1")
    many = (1..40).map { |i| "text #{i}" * 9 }
    warn many.last
    exit 3
  RUBY

  EXCEPTIONS = <<~'RUBY'
    def fail_at(n)
      n.zero? ? raise(ArgumentError, "bad") : fail_at(n - 1)
    ensure
      x = n
    end
    begin
      fail_at(20)
    rescue => e
      puts e.message
    end
    at_exit { puts "late" }
    begin
      fail_at(1)
    rescue ArgumentError
      raise TypeError, "uncaught"
    end
  RUBY

  STRANDS = <<~'RUBY'
    def work(n)
      sum = 0
      n.times { |i| sum += i }
      sum
    end
    fibers = Array.new(3) { |i| Fiber.new { work(i); Fiber.yield i; work(2) } }
    p fibers.map(&:resume), fibers.map(&:resume)
    p Array.new(4) { |i| Thread.new { work(i) }.value }
    $stdout.flush
  RUBY

  CHILDREN = <<~'RUBY'
    $stdout.sync = true
    x = [1, 2]
    pid = fork do
      x << 3
      puts x.sum
      exit 2
    end
    Process.wait(pid)
    puts $?.exitstatus, `echo out`
    File.write("made", "text")
    puts File.read("made")
  RUBY

  ALL = {
    "values" => { text: VALUES }, "strands" => { text: STRANDS },
    "exceptions" => { text: EXCEPTIONS, options: %w[--profile json] },
    "children" => { text: CHILDREN, options: %w[--io default,files], processes: 2 }
  }.freeze
end
