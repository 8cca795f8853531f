# frozen_string_literal: true

# Lines, calls and returns that are recorded without a hook, or at once in one, are those that a
# hook records which finds all out anew; and a program's own TracePoints see all of theirs.
#
# Where this Ruby has no shortcut the first two ways are the same one.
require_relative "recorder_case"

class LineShortcutTest < RecorderCase
  parallelize_me!

  LIB = File.join(ROOT, "lib")
  WAYS = [{}, { "CODETRACER_RUBY_FORCE_HOOKS" => "1" },
          { "CODETRACER_RUBY_FORCE_SLOW_HOOKS" => "1" }].freeze

  # Loops, blocks, fibers, threads, strings that are eval'd at one address after the other.
  MANY = <<~RUBY
    def work(list, table)
      3.times do |i|
        list << i
        table[:last] = i
      end
      list.sum
    end
    a = work([], {})
    fiber = Fiber.new do
      2.times do |i|
        Fiber.yield i
        a += i
      end
    end
    3.times { fiber.resume }
    40.times do |i|
      eval("b = i\nb += 1\n")
      GC.start if i % 10 == 0
      a += 1
    end
    Thread.new do
      Thread.current.name = "second"
      5.times do |i|
        a += i
        Thread.pass
      end
    end.join
    begin
      5.times do |i|
        a += 1
        raise "no" if i == 3
      end
    rescue RuntimeError => e
      a -= 1
    end
    puts a
  RUBY

  # Code that is compiled while others run: their frames are theirs all the same.
  BETWEEN = <<~RUBY
    require "codetracer/recorder"
    def twice(n)
      m = n + 1
      m * 2
    end
    sum = twice(1) + twice(2)
    eval("nil")
    10.times { |i| sum += twice(i) }
    CodeTracer.pause
    sum += twice(0)
    CodeTracer.resume
    10.times { |i| sum += twice(i) }
    puts sum
  RUBY

  # Methods under two names, given anew, called from C, by super and by each other; ends of each
  # kind; classes and code that are collected and made anew.
  CALLS = <<~'RUBY'
    class Base
      def add(left, right = 2, *rest, key: 1, &block)
        left + right + key
      end
      def nothing; end
      def <=>(other)
        object_id <=> other.object_id
      end
      def each
        yield 1
        yield 2
      end
      def early(n)
        return :few if n < 2
        [n].each { |i| return i if i > 3 }
        n
      end
      def ensured(n)
        n += 1
      ensure
        n += 1
      end
      def again
        @tries = @tries.to_i + 1
        raise "no" if @tries % 3 != 0
        @tries
      rescue RuntimeError
        retry
      end
      def lost(n)
        n.zero? ? raise(KeyError, "lost") : lost(n - 1)
      end
      def thrown(n)
        n.zero? ? throw(:out, 1) : thrown(n - 1)
      end
      def method_missing(name, *given)
        name == :absent ? given.size : super
      end
      def respond_to_missing?(*)
        true
      end
      define_method(:made) { |n| n + 1 }
    end
    class Derived < Base
      include Enumerable
      alias_method :plus, :add
      alias_method :also_missing, :method_missing
      def add(*given, **keys)
        super(*given, **keys)
      end
    end
    def twice(object)
      2.times do |i|
        object.add(i)
        object.plus(i, 3, key: 2)
        object.nothing
        object.each { |n| n + i }
        object.early(i)
        object.early(i + 4)
        object.ensured(i)
        object.again
        object.made(i)
        object.absent(i)
        object.also_missing(:absent, 1)
        [object, object.dup].sort
        object.map { |n| object.add(n) }
        (object.lost(i) rescue nil)
        catch(:out) { object.thrown(2) }
      end
    end
    object = Derived.new
    twice(object)
    GC.start
    twice(object)
    4.times do |round|
      twice(object)
      GC.start
      eval("class Derived; def nothing; #{'nil;' * round} end; end")
      Derived.send(:alias_method, :plus, :add)
      made = Class.new(Derived) { alias_method :nothing, :again }
      twice(made.new.extend(Comparable, Enumerable).tap { |it| def it.plus(*) 1 end })
    end
    fiber = Fiber.new { 3.times { |i| Fiber.yield object.add(i) } }
    3.times { fiber.resume }
    Thread.new { twice(object) }.join
    deep = ->(n) { n.zero? ? 0 : deep.(n - 1) + object.add(n) }
    deep.(30)
    puts object.add(1)
  RUBY

  # Seen by a TracePoint of the program's, first of all code, then of one method.
  OBSERVED = <<~RUBY
    def run
      i = 0
      while i < 5
        i += 1
      end
    end
    seen = 0
    run
    TracePoint.new(:line) { |it| seen += 1 if it.method_id == :run }.enable { run }
    targeted = TracePoint.new(:line) { seen += 100 }
    targeted.enable(target: method(:run))
    run
    targeted.disable
    run
    puts seen
  RUBY

  def test_lines_are_those_that_the_hook_records
    assert_same_each_way(MANY)
  end

  def test_code_that_is_compiled_in_between_and_a_pause
    assert_same_each_way(BETWEEN, "232\n")
  end

  # That it is, lest all is well and slow.
  def test_hooks_are_taken_over
    recorded("a = 1\n", { "CODETRACER_RUBY_TRACER_DEBUG" => "1" })
    assert_includes @run.err, "hooks taken over"
  end

  def test_calls_are_those_that_the_hook_records
    assert_same_each_way(CALLS, "4\n")
  end

  CALLS_SEEN = <<~RUBY
    class Pot
      def put(n)
        n + 1
      end
      alias give put
    end
    pot = Pot.new
    3.times { |i| pot.put(i) }
    seen = []
    TracePoint.new(:call, :return) { |it| seen << it.event << it.callee_id }.enable { pot.give(1) }
    targeted = TracePoint.new(:return) { |it| seen << it.return_value }
    targeted.enable(target: pot.method(:put))
    pot.put(7)
    targeted.disable
    pot.put(8)
    p seen
  RUBY

  def test_tracepoints_of_the_program_see_all_calls
    assert_same_each_way(CALLS_SEEN, "[:call, :give, :return, :give, 8]\n")
  end

  def test_a_call_that_is_too_deep_is_left_out
    assert_same_each_way(CALLS, "4\n", %w[--depth 3])
  end

  def test_tracepoints_of_the_program_see_all_lines
    assert_same_each_way(OBSERVED, "707\n")
  end

  # What a program does to all TracePoints that it finds does nothing to those of the recorder.
  def test_tracepoints_of_the_recorder_are_hidden
    text = <<~RUBY
      ObjectSpace.each_object(TracePoint, &:disable)
      def run(n)
        n += 1
        n += 1
      end
      run(1)
      seen = 0
      own = TracePoint.new(:line) { seen += 1 }
      own.enable(target: method(:run))
      run(2)
      p seen
    RUBY
    without = recorded(text)
    assert_equal "2\n", @run.out
    assert_equal 2, without.scan(/^ *step .*:4$/).size, without
  end

  private

  # With the shortcut and by hooks alone: the same trace, of a program that prints `expected`.
  def assert_same_each_way(text, expected = nil, words = [])
    first, *others = WAYS.map do |env|
      events = recorded(text, env, words)
      assert_equal expected, @run.out unless expected.nil?
      events
    end
    others.each { |events| assert_equal first, events }
  end

  def recorded(text, env = {}, words = [])
    FileUtils.rm_rf(in_folder("trace"))
    program = write_program("program.rb", text)
    @run = record("--profile", "json", *words, program, env: { "RUBYLIB" => LIB }.merge(env))
    assert @run.status.success?, @run.to_s
    checked_events
  end
end
