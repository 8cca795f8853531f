# frozen_string_literal: true

# Lines that are recorded without a hook are those that a hook records, and a program's own
# TracePoints see all of theirs.
#
# Where this Ruby has no shortcut both ways are the same one.
require_relative "recorder_case"

class LineShortcutTest < RecorderCase
  HOOKS = { "CODETRACER_RUBY_FORCE_HOOKS" => "1" }.freeze

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
    assert_equal recorded(MANY, HOOKS), recorded(MANY)
  end

  def test_tracepoints_of_the_program_see_all_lines
    without = recorded(OBSERVED)
    assert_equal "707\n", @run.out
    assert_equal recorded(OBSERVED, HOOKS), without
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

  def recorded(text, env = {})
    FileUtils.rm_rf(in_folder("trace"))
    @run = record("--profile", "json", write_program("program.rb", text), env: env)
    assert @run.status.success?, @run.to_s
    checked_events
  end
end
