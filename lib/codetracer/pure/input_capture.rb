# frozen_string_literal: true

# What the program reads from its standard input, seen at the call that reads it.
#
# Made by OutputCapture, told by the methods of ReplacedReaders and by Hooks. Mirrors
# ext/codetracer_recorder/input_capture.c.
require_relative "core"
require_relative "replaced_readers"

module CodeTracer
  module Pure
    class InputCapture
      KIND = 3
      FILENO = Core.take(IO, :fileno)
      ARGF_CLASS = ARGF.class
      ARGF_FILE = Core.take(ARGF_CLASS, :file)
      # Whose return Hooks looks at: they set `$_`.
      LINE_METHODS = { gets: true, readline: true }.freeze
      # A text in which they may be called.
      READS_LINES = /\b(?:gets|readline)\b/n.freeze

      # `files` is told what was read from others.
      def initialize(recorder, files)
        @recorder, @files = recorder, files
      end

      # Whether it has to be seen what is yielded.
      def watched?(stream)
        from?(stream) || !@files.path(stream).nil?
      end

      # Whether `stream` is standard input. ARGF is not asked before it has read.
      def from?(stream)
        return true if Core::EQUAL.bind_call(stream, $stdin)

        IO === stream && FILENO.bind_call(stream).zero?
      rescue IOError
        false # closed
      end

      # `read` is a String, an Array of them, or a byte.
      def take(stream, read)
        text = text_of(read)
        return if text.nil? || text.empty?

        stream = file_of_argf(stream) if ARGF_CLASS === stream
        return @recorder.event(KIND, "", text) if from?(stream)

        @files.read(stream, Integer === read ? text : read)
      end

      # Where a method has returned that sets `$_`.
      def line_read(event)
        return unless LINE_METHODS.key?(event.method_id)

        owner = event.defined_class
        return unless Core::EQUAL.bind_call(owner, IO) || owner == ARGF_CLASS || string_io?(owner)

        line = event.return_value
        take(event.self, line) if String === line
      end

      private

      def text_of(read)
        case read
        when String then read
        when Array then read.grep(String).map(&:b).join
        when Integer then (read & 0xFF).chr
        end
      end

      # Where ARGF stands on a StringIO, it calls that one's method, which records.
      def file_of_argf(argf)
        file = ARGF_FILE.bind_call(argf)
        IO === file ? file : nil
      end

      def string_io?(owner)
        defined?(::StringIO) && Core::EQUAL.bind_call(owner, ::StringIO)
      end
    end
  end
end
