# frozen_string_literal: true

# The calls of each thread and fiber, as a trace tells them or as the program wrote them down.
#
# Used by CallLogTest. Both become the same: for each outermost call a list of [:enter, name, n] and
# [:leave, value], value nil where the call did not return in order.
require "json"

module CallLog
  module_function

  # Of what a RandomProgram wrote: [strand, :enter, id, caller's id, name, n] and
  # [strand, :leave, id, value].
  def of_program(entries)
    strands = entries.group_by(&:first).values
    trees(strands.map { |notes| pair(notes.map { |note| note.drop(1) }) })
  end

  # The outermost calls of all strands, each with all inside: one strand may have got the number of
  # another that has ended.
  def trees(strands)
    whole = strands.flat_map do |log|
      depth = 0
      log.slice_when { |note, _| (depth += note.first == :enter ? 1 : -1).zero? }.to_a
    end
    whole.sort_by { |log| log.select { |note| note.first == :enter }.inspect }
  end

  # A call whose end was not noted has ended when another one's caller goes on.
  def pair(notes)
    log, open = [], []
    notes.each do |kind, id, *rest|
      if kind == "enter"
        parent, name, argument = rest
        log << [:leave, nil] while !open.empty? && open.last != parent && open.pop
        open.push(id)
        log << [:enter, name, argument]
      else
        log << [:leave, nil] while open.last != id && open.pop
        open.pop
        log << [:leave, rest.first]
      end
    end
    log + open.map { [:leave, nil] }
  end

  # Both with "?" for the values that the program has not told. Trees with the same calls may come
  # in another order.
  def compared(written, traced)
    rest = traced.dup
    pairs = written.map do |notes|
      at = rest.index { |events| filled(notes, events) == notes }
      filled(notes, rest.delete_at(at || 0) || [])
    end
    [written, pairs + rest]
  end

  def filled(notes, events)
    return events if notes.size != events.size

    notes.zip(events).map { |note, event| note == [:leave, "?"] ? note : event }
  end

  # Of a trace.json.
  def of_trace(path)
    trees(Straightener.new(JSON.parse(File.read(path))).logs)
  end

  # Follows the slices of doc/format/strands.md.
  class Straightener
    def initialize(events)
      @events = events
      @functions, @types = [], []
      @open = Hash.new { |open, id| open[id] = [] } # strand → how its open calls were entered
      @logs = Hash.new { |logs, id| logs[id] = [] }
      @strand = 0
      @reopening = 0 # calls that only open again what is open
      @suspended = false # the slice is being closed
    end

    def logs
      @events.each { |event| take(*event.first) }
      @logs.values.reject(&:empty?)
    end

    private

    def take(kind, what)
      case kind
      when "Function" then @functions << what["name"]
      when "Type" then @types << what["lang_type"]
      when "ThreadSwitch" then switch(what)
      when "Call" then enter(what)
      when "Return" then leave(what["return_value"])
      end
    end

    def switch(id)
      @strand = id
      @reopening = id.zero? ? 0 : @open[id].size + 1
    end

    def enter(call)
      return @reopening -= 1 if @reopening.positive?

      name = @functions[call["function_id"]]
      return if name == "<top-level>"

      argument = call["args"].last
      @open[@strand].push(name)
      @logs[@strand] << [:enter, name, argument["value"]["i"]]
    end

    def leave(value)
      type = @types[value["type_id"]]
      return @suspended = true if type == "Suspended" # the call goes on in a later slice
      return @suspended = false if @suspended || @open[@strand].empty? # the slice's, or the last

      @open[@strand].pop
      @logs[@strand] << [:leave, value["kind"] == "Int" ? value["i"] : nil]
    end
  end
end
