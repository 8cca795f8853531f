# frozen_string_literal: true

# Runs a program under TracePoint and notes what self is on each of its lines:
#   ruby self_witness.rb LOG PROGRAM
#
# LOG gets one JSON object a line: line number, class, and what instance_variables and
# instance_variable_get say, in the words of the independent reader. It knows nothing of the
# recorder; self_state_test.rb compares.
require "json"

class SelfWitness
  def initialize(log, program)
    @log = log
    @program = program
  end

  def run
    trace = TracePoint.new(:line, :return) { |event| note(event) if event.path == @program }
    trace.enable { load(@program) }
  end

  private

  def note(event)
    object = event.self
    return if object.is_a?(Module) # a class body says nothing of an object's state

    fields = object.instance_variables.map do |name|
      [name, words(object.instance_variable_get(name))]
    end
    @log.puts(JSON.generate(line: event.lineno, class: object.class.name, fields: fields))
  end

  def words(value)
    case value
    when nil then "NilClass:None"
    when Array then "Array[#{value.map { |element| words(element) }.join(', ')}]"
    when Hash then "Hash[#{value.map { |pair| words(pair).sub('Array', 'Pair') }.join(', ')}]"
    when Integer then "Integer:#{value}"
    else "#{value.class.name}:#{value.to_s.dump}"
    end
  end
end

File.open(ARGV.fetch(0), "w") { |log| SelfWitness.new(log, File.realpath(ARGV.fetch(1))).run }
