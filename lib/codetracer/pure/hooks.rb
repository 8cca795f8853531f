# frozen_string_literal: true

# The TracePoints of one recording, switched on and off together.
#
# Made by CodeTracer::Pure. They are global: each event asks Places whether its file is recorded.
require_relative "border_calls"

module CodeTracer
  module Pure
    class Hooks
      HAS_RESCUE = (RUBY_VERSION.split(".").map(&:to_i) <=> [3, 3]) >= 0

      # From Ruby 3.3 on readline is written in Ruby.
      LINE_RETURNS =
        IO.instance_method(:readline).source_location ? %i[c_return return] : [:c_return]

      def initialize(recorder, places, output)
        @recorder, @places, @output = recorder, places, output
        wanted = recorder.c_calls
        @c_calls = wanted && CCalls.new(recorder, places, wanted)
        @border_calls = recorder.border_calls && BorderCalls.new(recorder, places)
        @tracepoints = make_tracepoints
        @line_return = TracePoint.new(*LINE_RETURNS) { |event| @output.input.line_read(event) }
        @script_in_pause = script_in_pause
      end

      # Off, until `enable`: but code that is compiled meanwhile is looked through.
      def pause
        disable
        @script_in_pause&.enable
      end

      def enable
        @script_in_pause&.disable
        @c_calls.enable if @c_calls # before what has to see the same returns before it does
        @places.watch_for_readers { @line_return.enable } if RUBY_ENGINE == "ruby"
        @tracepoints.each(&:enable)
        @output.handlers.enable
      end

      def disable
        @script_in_pause&.disable
        @c_calls.disable if @c_calls
        @places.watch_for_readers
        @line_return.disable
        @output.handlers.disable
        @tracepoints.reverse_each(&:disable)
      end

      # A call or line that another TracePoint tells.
      def catch_up(event)
        path_id = @places.find(event)
        return unless path_id

        event.event == :call ? @recorder.call(event, path_id) : @recorder.line(event, path_id)
      end

      private

      def make_tracepoints
        all = [line, call, return_event, body, body_end, raised, block_return, thread_end, script]
        all << block_call if @recorder.block_frames
        HAS_RESCUE ? all << rescued : all
      end

      # hot
      def line
        TracePoint.new(:line) do |event|
          path_id = @places.find(event)
          if path_id
            @output.look_at_streams
            @recorder.line(event, path_id)
          end
        end
      end

      def call
        TracePoint.new(:call) do |event|
          path_id = @places.find(event)
          @recorder.call(event, path_id) if path_id
          @border_calls.call(event) if border?(event, path_id)
          @c_calls.replaced_call(event) if @c_calls && replaced?(event)
        end
      end

      def return_event
        TracePoint.new(:return) do |event|
          path_id = @places.find(event)
          @recorder.return(event, path_id) if path_id
          @border_calls.return(event) if border?(event, path_id)
          @c_calls.replaced_return(event) if @c_calls && replaced?(event)
        end
      end

      # Of code that is not recorded.
      def border?(event, path_id)
        @border_calls && !(path_id && @recorder.recorded?(event, path_id))
      end

      # A method of ours that stands in the place of one in C.
      def replaced?(event)
        event.path == ReplacedMethods::FILE
      end

      def body
        TracePoint.new(:class) do |event|
          path_id = @places.find(event)
          @recorder.body(event, path_id) if path_id
        end
      end

      def body_end
        TracePoint.new(:end) do |event|
          path_id = @places.find(event)
          @recorder.body_end(event, path_id) if path_id
        end
      end

      def raised
        TracePoint.new(:raise) { |event| raise_event(event) unless @output.silent? }
      end

      def raise_event(event)
        @recorder.raised(event, @places.find_raise(event))
      end

      def rescued
        TracePoint.new(:rescue) { |event| @recorder.rescued(event.raised_exception) }
      end

      def block_return
        is_call = !@recorder.block_frames.nil?
        TracePoint.new(:b_return) do |event|
          path_id = is_call && @places.find(event)
          @recorder.block_end(event, path_id) if path_id
          @recorder.block_return(event)
        end
      end

      def block_call
        TracePoint.new(:b_call) do |event|
          path_id = @places.find(event)
          @recorder.block_call(event, path_id) if path_id
        end
      end

      def thread_end
        TracePoint.new(:thread_end) { @recorder.thread_end }
      end

      def script
        TracePoint.new(:script_compiled) { |event| @recorder.script(event) }
      end

      def script_in_pause
        TracePoint.new(:script_compiled) { |event| @recorder.script_in_pause(event) }
      end
    end
  end
end
