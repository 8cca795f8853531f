# frozen_string_literal: true

# The calls of each thread and fiber, as a trace tells them or as the program wrote them down.
#
# Used by CallLogTest. Both become the same: for each outermost call a list of [:enter, name, n] and
# [:leave, value] or, where it did not return in order, [:left, the words of its return].
require "json"

module CallLog
  module_function

  # Of what a RandomProgram wrote: [strand, :enter, id, caller's id, name, n], [strand, :leave, id,
  # value], [strand, :jump, id, words] before that call is left, [strand, :hold, id] and
  # [strand, :go_on, id] around what its `ensure` does meanwhile.
  def of_program(entries)
    strands = entries.group_by(&:first).values
    trees(strands.map { |notes| Pairing.new.logs(notes.map { |note| note.drop(1) }) })
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

  # Notes of one strand to calls with their ends. A call whose end was not noted has ended when
  # another one's caller goes on; what left it goes on to its caller.
  class Pairing
    def initialize
      @log = []
      @open = [] # ids
      @jumps = {} # id → words
      @held = Hash.new { |held, id| held[id] = [] } # id → words, of each ensure
    end

    def logs(notes)
      notes.each { |kind, id, *rest| send(kind, id, *rest) }
      drop_until(nil)
      @log
    end

    private

    def enter(id, parent, name, argument)
      drop_until(parent)
      @open.push(id)
      @log << [:enter, name, argument]
    end

    def leave(id, value)
      drop_until(id)
      @open.pop
      @log << [:leave, value]
    end

    # Of a call further in, or of this one.
    def jump(id, words)
      drop_until(id)
      @jumps[id] = words
    end

    def hold(id)
      drop_until(id)
      @held[id].push(@jumps[id])
    end

    def go_on(id)
      drop_until(id)
      @jumps[id] = @held[id].pop
    end

    def drop_until(id)
      until @open.empty? || @open.last == id
        words = @jumps[@open.pop]
        @jumps[@open.last] = words unless @open.empty?
        @log << [:left, words]
      end
    end
  end

  # What the trace tells otherwise: [call and end as written, as traced]; nil where one is missing.
  # Trees with the same calls may come in another order. Yields two ends: whether they may differ.
  def differences(written, traced, &alike)
    rest = traced.dup
    strange = written.reject do |notes|
      at = rest.index { |events| same_tree?(notes, events, &alike) }
      at && rest.delete_at(at)
    end
    strange.zip(rest).flat_map { |notes, events| tree_differences(notes, events || [], &alike) }
  end

  def same_tree?(notes, events, &alike)
    notes.size == events.size && tree_differences(notes, events, &alike).empty?
  end

  def tree_differences(notes, events)
    calls = []
    notes.zip(events).map do |note, event|
      calls.push(note) if note.first == :enter
      call = note.first == :enter ? nil : calls.pop
      next if note == event || (call && event && yield(note, event))

      [[call, note].compact, event]
    end.compact
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
      @logs[@strand] << (value["kind"] == "Error" ? [:left, value["msg"]] : [:leave, value["i"]])
    end
  end
end
