# frozen_string_literal: true

# The canonical events of a trace, straightened: one text a thread or fiber, without its slices.
#
# Used by ConformanceTest for programs whose threads interleave as the scheduler likes: what each
# does on its own has to be equal. Reads what doc/format/strands.md says; numbers of strands go.
class Strands
  SYNTHETIC = /\Acall <(?:thread|fiber|ractor) /.freeze
  LABEL = /\A(call <(?:thread|fiber|ractor))(?: \d+)?/.freeze
  RETURNED = "<return_value> = "
  SUSPENDED = /\Areturn Suspended:/.freeze

  # One strand: its open calls as they were written, and what happened, indented anew.
  class Strand
    attr_reader :calls, :text

    def initialize
      @calls = []
      @last_steps = []
      @step_before = nil
      @text = +""
    end

    # The step on its def line is no place where the caller stands.
    def begin_call(line)
      @last_steps[@calls.size] = @step_before
      write(line)
      @calls.push(line)
    end

    def end_call(line)
      @last_steps.delete_at(@calls.size)
      @calls.pop
      write(line)
    end

    # `values` are the lines below the step. A step that only says again where the call stands,
    # for an event that comes first in a slice, is left out, wherever it is.
    def step(line, values, is_before_event:)
      whole = [line, *values]
      return if is_before_event && @last_steps[@calls.size] == whole

      @step_before = @last_steps[@calls.size]
      @last_steps[@calls.size] = whole
      write(line)
      values.each { |value| write("  #{value}") }
    end

    def write(line)
      @text << "  " * @calls.size << line << "\n"
    end
  end

  # The texts of the main thread's strand and, sorted, of the others. The block is given each text
  # and answers with what is to be compared, if anything.
  def self.of(events, &normalize)
    main, *others = new(events).texts.map(&normalize)
    [main, *others.reject(&:empty?).sort]
  end

  def initialize(events)
    @lines = events.lines.map(&:chomp)
    @strands = Hash.new { |strands, id| strands[id] = Strand.new }
    @current = @strands[0]
    @slice_depth = nil # calls open in the slice, the synthetic one included; nil: on the main one
    @depth = 0 # calls open in the trace
  end

  def texts
    take(@lines.shift) until @lines.empty?
    @strands.values.map(&:text)
  end

  private

  def take(line)
    record = line.lstrip
    case record[/\A\w+/]
    when "step" then take_step(record)
    when "call" then begin_call(record)
    when "return" then end_call(record)
    when "ThreadStart" then @strands[number(record)]
    when "ThreadSwitch" then switch(@strands[number(record)])
    when "ThreadExit" then @strands[number(record)].write("ThreadExit")
    else @current.write(record)
    end
  end

  def number(record)
    record[/\d+\z/].to_i
  end

  def take_step(record)
    indent = "  " * (@depth + 1)
    values = @lines.take_while { |line| line.start_with?(indent) && line[indent.size] != " " }
    @lines.shift(values.size)
    following = @lines.first.to_s.lstrip
    is_before_event = following.start_with?("event ") && !values.last.to_s.include?(RETURNED)
    @current.step(record, values.map(&:lstrip), is_before_event: is_before_event)
  end

  def begin_call(record)
    @depth += 1
    @slice_depth += 1 if @slice_depth
    @current.begin_call(record)
  end

  def end_call(record)
    @depth -= 1
    return @current.end_call(record) unless @slice_depth

    @slice_depth -= 1
    @current.end_call(record) unless @slice_depth.zero? || record.match?(SUSPENDED)
  end

  # The step and call of the synthetic function, and those of each call that is opened again.
  def switch(strand)
    @current = strand
    @slice_depth = nil
    return if strand.equal?(@strands[0])

    is_first = strand.calls.empty? && strand.text.empty?
    opened = @lines.shift(2 * (strand.calls.size + 1)).map(&:lstrip)
    check(opened.values_at(*opened.each_index.select(&:odd?)), strand.calls)
    strand.write(opened[1].sub(LABEL, '\1')) if is_first
    @slice_depth = strand.calls.size + 1
    @depth += @slice_depth
  end

  def check(opened, calls)
    synthetic, *again = opened
    raise "no synthetic call: #{synthetic}" unless synthetic.match?(SYNTHETIC)
    raise "not the open calls: #{again} but #{calls}" unless again == calls
  end
end
