# frozen_string_literal: true

# What opens and closes intervals: methods, lines, exceptions, a time, a signal.
#
# Loaded by boot.rb or RecordingSession where IntervalOptions asks for it. Until one of its places
# is come to nothing is on but a hook at that place, one for compiled code and one for exceptions
# where they count. No method of the program is called.
require_relative "call_intervals"
require_relative "hook_guard"
require_relative "intervals"
require_relative "toggle_signal"
require_relative "trigger_code"

module CodeTracer
  class Triggers
    attr_reader :intervals

    # `recorder` runs; `told` as of IntervalOptions; `loaded` are iseqs that were compiled before.
    def initialize(recorder, told, loaded = [])
      @told = told
      @intervals = Intervals.new(recorder)
      @recorder = recorder
      @calls = CallIntervals.new
      @call_count = 0
      @tracepoints = []
      @intervals.wait
      watch_code(loaded) # before recording listens to it: see `listen_to_first_line`
      @intervals.begin("start") if opens_at_once?
      watch_exceptions unless told[:exceptions].empty?
      watch_signal(told[:signal]) if told[:signal]
      watch_time(told[:after]) if told[:after]
    end

    def remove
      @tracepoints.each(&:disable)
      @toggle.remove if @toggle
      @clock.kill if @clock
      @intervals.forget
    end

    private

    def opens_at_once?
      @told.values_at(:from, :exceptions).all?(&:empty?) && !@told[:after] && !@told[:signal]
    end

    # ---- places in the code ----

    def watch_code(loaded)
      return if (@told[:from] + @told[:until]).empty?

      TriggerCode.methods_in(loaded).each { |iseq| watch_iseq(iseq) }
      script = tracepoint(:script_compiled) { |event| watch_iseq(event.instruction_sequence) }
      enable(script)
    end

    def watch_iseq(iseq)
      @told[:from].each { |place| watch_place(place, iseq) { |event| come_to(place, event) } }
      @told[:until].each { |place| watch_place(place, iseq) { |event| leave(place, event) } }
    end

    def watch_place(place, iseq, &hook)
      if place[:line]
        at_line(place, iseq, &hook) if TriggerCode.file?(place, iseq)
      else
        TriggerCode.each_method(place[:method], iseq) do |found|
          listen_to_first_line(found)
          enable_at(tracepoint(:call, :return, &hook), target: found)
        end
      end
    end

    # The VM tells a method's first line together with its call: to whom it does, it asks before.
    # Ruby 2.7 forgets which places were listened to when it is told of others: this comes first.
    def listen_to_first_line(iseq)
      line = TriggerCode.first_line(iseq)
      enable_at(TracePoint.new(:line) {}, target: iseq, target_line: line) if line
    rescue ArgumentError
      nil
    end

    def at_line(place, iseq, &hook)
      enable_at(tracepoint(:line, &hook), target: iseq, target_line: place[:line])
    rescue ArgumentError
      nil # no line of this code
    end

    def tracepoint(*kinds)
      TracePoint.new(*kinds) { |event| HookGuard.call { yield event } }
    end

    # Raises ArgumentError where the code has no such line.
    def enable_at(tracepoint, **target)
      tracepoint.enable(**target)
      @tracepoints << tracepoint
    end

    def enable(tracepoint)
      tracepoint.enable
      @tracepoints << tracepoint
    end

    def come_to(place, event)
      case event.event
      when :line then begin_by(place[:text], event)
      when :call then begin_call(place, event)
      else end_call(place, event)
      end
    end

    # With --until an interval goes on behind the call.
    def begin_call(place, event)
      return unless TriggerCode.method?(place, event)

      wanted = (@call_count % @told[:sample]).zero?
      @call_count += 1
      number = wanted ? begin_by(place[:text], event) : nil
      @calls.push(number) if @told[:until].empty?
    end

    def end_call(place, event)
      return unless @told[:until].empty? && TriggerCode.method?(place, event)

      number = @calls.pop
      @intervals.end(number) if number
    end

    # A method has returned, or a line is come to.
    def leave(place, event)
      return if event.event == :call
      return unless event.event == :line || TriggerCode.method?(place, event)

      @intervals.end
    end

    def begin_by(text, event)
      @intervals.begin(text) { @recorder.catch_up(event) }
    end

    # ---- all else ----

    def watch_exceptions
      raised = tracepoint(:raise) do |event|
        name = TriggerCode.exception_name(event.raised_exception, @told[:exceptions])
        @intervals.begin("#{name} was raised") if name && !@intervals.open?
      end
      enable(raised)
    end

    def watch_signal(name)
      @toggle = ToggleSignal.new(name) do
        @intervals.open? ? @intervals.end : @intervals.begin("SIG#{name}")
      end
    end

    def watch_time(seconds)
      @clock = Thread.new do
        sleep(seconds)
        HookGuard.call { @intervals.begin("after #{seconds} s") }
      end
    end
  end
end
