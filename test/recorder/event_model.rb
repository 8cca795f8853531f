# frozen_string_literal: true

# The steps of a trace as the independent reader tells them: where each is, what it shows, what is
# open there.
#
# Used by QueryTest. Of one thread: the programs that are asked about have no other.
class EventModel
  # A step: its place, the values it shows by name, and the open calls, outermost first, as
  # [function, number of the step that it is at].
  Step = Struct.new(:path, :line, :values, :stack)

  attr_reader :steps

  def initialize(events)
    @steps = []
    @stack = []
    events.each_line(chomp: true) { |line| read(line.lstrip) }
  end

  def lines
    @steps.map { |step| [step.path, step.line] }.uniq
  end

  private

  # A Call follows the step on its def line: that step is the callee's.
  def read(line)
    case line
    when /\Acall (.*?)\(/
      step = @steps.last
      @stack.last[1] = @before if step
      @stack.push([Regexp.last_match(1), step ? @steps.size - 1 : nil])
      step.stack = copy_stack if step
    when /\Areturn / then @stack.pop
    when /\Astep (.*):(\d+)\z/ then read_step(Regexp.last_match(1), Regexp.last_match(2).to_i)
    when /\A(?:event|Thread\w+) / then nil
    when /\A(.*?) = (.*)\z/ then @steps.last.values[Regexp.last_match(1)] = Regexp.last_match(2)
    end
  end

  def read_step(path, line)
    @before = @stack.last[1]
    @stack.last[1] = @steps.size
    @steps << Step.new(path, line, {}, copy_stack)
  end

  def copy_stack
    @stack.map(&:dup)
  end
end
