# frozen_string_literal: true

# Answers to questions, worked out from what QueryWitness noted in a plain run.
#
# A line shows what was before it ran: what is new at one line of a call was written by the line of
# that call before; what is new in an object, by the line that ran last.
require "json"

class QueryAnswers
  NONE = Object.new.freeze

  def initialize(log)
    @entries = File.readlines(log).map { |line| JSON.parse(line) }
    @functions = { 0 => "<top-level>" } # by frame
    @caller_lines = {}
    @parameters = {}
    note_calls
  end

  # [kind, function, old, new, line that wrote it, line that shows it]; of one call only, if told.
  def variable_writes(name, entries = @entries, frame: nil)
    shown = {}
    entries.map do |entry|
      next if %w[call raise].include?(entry["event"]) || !entry["locals"].key?(name)
      next if frame && entry["frame"] != frame

      before = shown[entry["frame"]]
      shown[entry["frame"]] = entry
      before ? change(name, before, entry) : first_write(name, entry)
    end.compact
  end

  # The latest write of each variable in the call of each line, as of that line: [line, writes by
  # name], in order; nil for what is no line's.
  def writes_at_lines
    steps = @entries.reject { |entry| entry["event"] == "raise" }
    steps.each_with_index.map do |entry, index|
      next if entry["event"] == "call"

      so_far = steps[0..index]
      writes = entry["locals"].keys.map do |name|
        [name, variable_writes(name, so_far, frame: entry["frame"]).last]
      end
      [entry["line"], writes.to_h]
    end
  end

  # The latest write of the variable in each function, as of the step of that index.
  def writes_until(name, index)
    @steps ||= @entries.reject { |entry| entry["event"] == "raise" }
    variable_writes(name, @steps[0..index]).group_by { |write| write[1] }.values.map(&:last)
  end

  # [class, number of the object among those that have the field, old, new, line that ran last]
  def field_writes(name)
    known = {}
    last = nil
    @entries.flat_map do |entry|
      line = last
      last = entry["line"] unless entry["event"] == "call"
      entry["objects"].map do |number, class_name, fields|
        next if !fields.key?(name) || known.fetch(number, NONE) == fields[name]

        old = known[number]
        known[number] = fields[name]
        [class_name, number, old, fields[name], line]
      end.compact
    end
  end

  # [arguments, line that called, what it returned or :unwound]
  def calls(function)
    @entries.select { |entry| entry["event"] == "call" && entry["function"] == function }
            .map do |entry|
      ending = @entries.index { |e| e["event"] == "return" && e["frame"] == entry["frame"] }
      arguments = entry["parameters"].map { |name| [name, entry["locals"][name]] }.to_h
      [arguments, @caller_lines[entry["frame"]],
       unwound?(ending) ? :unwound : @entries[ending]["value"]]
    end
  end

  # [class and message, line, function, functions left, line where it went on]. The method that
  # raised may be one of Ruby's own: the function is the program's.
  def exceptions
    @entries.each_index.select { |index| @entries[index]["event"] == "raise" }.map do |index|
      entry = @entries[index]
      rest = @entries.drop(index + 1)
      left = rest.take_while { |later| later["event"] == "return" }
      [entry["exception"].join(": "), entry["line"], @functions[entry["frame"]],
       left.map { |later| later["function"] }, rest.drop(left.size).first["line"]]
    end
  end

  private

  def note_calls
    lines = [nil] # that the open calls are at, innermost last
    @entries.each do |entry|
      case entry["event"]
      when "line" then lines[-1] = entry["line"]
      when "return" then lines.pop
      when "call"
        @functions[entry["frame"]] = entry["function"]
        @parameters[entry["frame"]] = entry["parameters"]
        @caller_lines[entry["frame"]] = lines.last
        lines.push(nil)
      end
    end
  end

  def change(name, before, entry)
    old, new = [before, entry].map { |shown| shown["locals"][name] }
    ["change", entry["function"], old, new, before["line"], entry["line"]] unless old == new
  end

  # Before anything was put into it a variable is nil, which nobody wrote.
  def first_write(name, entry)
    new = entry["locals"][name]
    frame = entry["frame"]
    place = [entry["function"], nil, new]
    if @parameters.fetch(frame, []).include?(name)
      return ["argument", *place, @caller_lines[frame], entry["line"]]
    end

    ["first", *place, nil, entry["line"]] unless new.nil?
  end

  # Whether the return at that index is an exception's: no line ran since it was raised.
  def unwound?(index)
    @entries[0...index].reverse_each.take_while { |entry| entry["event"] != "line" }
                       .any? { |entry| entry["event"] == "raise" }
  end
end
