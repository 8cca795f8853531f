# frozen_string_literal: true

# The pure-Ruby recorder: the same trace as the native one's, by TracePoint alone.
#
# Loaded by boot.rb or recorder.rb where the extension is not to be had or not wanted. It answers to
# the same calls as CodeTracer::Native. Nothing of the standard library is loaded: the program would
# see it in $LOADED_FEATURES.
require "fiber" unless Fiber.respond_to?(:current)
require_relative "pure/recording"

module CodeTracer
  module Pure
    @recording = nil

    class << self
      # `options`, and a block that completes them, as CodeTracer::Native.start takes them. Raises
      # RuntimeError, SystemCallError.
      def start(options)
        raise "a recording is running already" if running?

        yield if block_given?
        @recording = Recording.new(options)
        @recording.begin
        nil
      end

      def running?
        !running.nil?
      end

      # Completes the trace.
      def stop
        recording, @recording = require_recording, nil
        recording.stop
        nil
      end

      def pause
        require_recording.pause
      end

      def resume
        require_recording.resume
      end

      # `kind` is an EventLogKind number, `content` a String.
      def event(content, kind, metadata = "")
        running&.event(kind, metadata, content)
      end

      # Records the event that a TracePoint of ours tells, in whose hook recording was switched on.
      def catch_up(tracepoint)
        running&.catch_up(tracepoint)
      end

      # `declared` as an element of the option `serializers`.
      def serialize(declared)
        running&.serialize(declared)
      end

      private

      # The recording, or nil. Read once: another thread may stop it meanwhile.
      def running
        recording = @recording
        recording if recording&.at_home?
      end

      def require_recording
        running || raise("no recording is running")
      end
    end
  end
end
