# frozen_string_literal: true

# Runs a program under TracePoint and notes what questions to its trace will be about:
#   ruby query_witness.rb LOG PROGRAM
#
# LOG gets one JSON object a line: each line that runs, call, return and exception of the program's
# own file, with the locals and the instance variables of every object that was self so far. It
# knows nothing of the recorder; query_test.rb works out its answers from it.
require "json"

class QueryWitness
  KINDS = { class: :call, end: :return }.freeze # the body of a class is a call

  def initialize(log, program)
    @log = log
    @program = program
    @frames = [0]
    @frame_count = 0
    @objects = {}.compare_by_identity
  end

  def run
    trace = TracePoint.new(:line, :call, :return, :class, :end, :raise) do |event|
      note(event) if event.path == @program
    end
    trace.enable { load(@program) }
  end

  private

  def note(event)
    kind = KINDS.fetch(event.event, event.event)
    enter if kind == :call
    known(event.self)
    @log.puts(JSON.generate(entry(event, kind)))
    @frames.pop if kind == :return
  end

  def enter
    @frames.push(@frame_count += 1)
  end

  def entry(event, kind)
    entry = { event: kind, line: event.lineno, frame: @frames.last,
              function: function_name(event), locals: locals(event.binding), objects: objects }
    entry[:parameters] = event.event == :call ? event.parameters.map(&:last) : [] if kind == :call
    entry[:value] = dump(event.return_value) if event.event == :return
    entry[:exception] = [event.raised_exception.class, event.raised_exception.message].map(&:to_s) \
      if event.event == :raise
    entry
  end

  def objects
    @objects.map { |object, number| [number, class_name(object), fields(object)] }
  end

  def known(object)
    @objects[object] ||= @objects.size unless object.instance_variables.empty?
  end

  def function_name(event)
    return "<class:#{event.self}>" if event.self.is_a?(Class) && event.method_id.nil?
    return "<top-level>" unless event.method_id
    return event.method_id.to_s if event.defined_class == Object

    "#{event.defined_class}##{event.method_id}"
  end

  def locals(binding)
    binding.local_variables.map { |name| [name, dump(binding.local_variable_get(name))] }.to_h
  end

  def fields(object)
    object.instance_variables.map { |name| [name, dump(object.instance_variable_get(name))] }.to_h
  end

  # What query_test.rb makes of ctrace's JSON values, too: an object is its class.
  def dump(value)
    case value
    when nil, true, false, Integer, String then value
    when Symbol then { symbol: value }
    when Array then value.map { |element| dump(element) }
    when Hash then value.map { |key, element| [dump(key), dump(element)] }
    else { object: class_name(value) }
    end
  end

  def class_name(value)
    value.class.name
  end
end

File.open(ARGV.fetch(0), "w") { |log| QueryWitness.new(log, File.realpath(ARGV.fetch(1))).run }
