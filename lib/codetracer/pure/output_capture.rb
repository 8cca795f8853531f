# frozen_string_literal: true

# Text written to standard output and error, seen where it is written.
#
# IO#write and its like are replaced for as long as the process lives: Ruby has no hook that tells a
# C method's arguments. The replacements call the originals first, and outside of a recording
# nothing else. Mirrors ext/codetracer_recorder/output_capture.c.
require_relative "core"
require_relative "file_capture"
require_relative "input_capture"
require_relative "process_capture"
require_relative "replaced_handlers"
require_relative "replaced_methods"
require_relative "stream_copy"

module CodeTracer
  module Pure
    class OutputCapture
      OUT = 0
      ERR = 2
      KINDS = { 1 => OUT, 2 => ERR }.freeze
      EACH_LINE = Core.take(String, :each_line)
      FILENO = Core.take(IO, :fileno)
      # As RecordingOptions::IO_BITS.
      STDOUT_BIT, STDERR_BIT, STDIN_BIT, PROCESSES_BIT, FILES_BIT = 1, 2, 4, 8, 16
      VALUE_OF_THREAD = Core.take(Thread, :value)
      # In a recorder's place where nothing is wanted.
      NOBODY = Struct.new(:events) { def event(_kind, _metadata, _text); end }.new.freeze
      MAIN_RACTOR = defined?(Ractor) ? Ractor.current : nil
      Capture = self # as the replaced methods call it
      private_constant :Capture

      @current = nil # Ruby 2.7 warns of what is not there, through the replaced `warn`

      class << self
        attr_writer :current

        # The OutputCapture whose recording runs, or nil; other Ractors see nothing of ours.
        def running
          return @current if MAIN_RACTOR.nil? || Ractor.count == 1 || Ractor.current == MAIN_RACTOR

          nil
        end

        # Once a process.
        def replace(methods)
          @replaced ||= {}
          return if @replaced.key?(methods)

          @replaced[methods] = true
          quietly { class_eval(methods, ReplacedMethods::FILE, 1) }
        end

        # A method that is defined again is warned of.
        def quietly
          verbose, $VERBOSE = $VERBOSE, nil
          yield
        ensure
          $VERBOSE = verbose
        end
      end

      # Texts recorded so far.
      attr_reader :count

      # What is told of other streams and of other programs, of blocks that Ruby calls.
      attr_reader :input, :processes, :files, :handlers

      # The thread whose exceptions are StreamCopy's own.
      attr_writer :silent_thread

      def silent?
        !@silent_thread.nil? && Core::EQUAL.bind_call(@silent_thread, Thread.current)
      end

      # `recorder` is told each text: event(kind, metadata, text); `io` are the bits of --io,
      # `handlers` the HandlerBlocks.
      def initialize(recorder, io, handlers)
        @handlers = handlers
        @wanted = { OUT => io & STDOUT_BIT, ERR => io & STDERR_BIT }
        @recorder = recorder
        @seen_out, @seen_err, @seen_in = $stdout, $stderr, $stdin
        @count = 0
        @silent_thread = nil
        @files = FileCapture.new((io & FILES_BIT).zero? ? nil : recorder)
        @input = InputCapture.new((io & STDIN_BIT).zero? ? NOBODY : recorder, @files)
        @processes = ProcessCapture.new((io & PROCESSES_BIT).zero? ? NOBODY : recorder)
        replace_methods(has_files: (io & FILES_BIT).positive?)
      end

      # A StringIO that stands in for a stream has methods of its own. hot
      def look_at_streams
        return if Core::EQUAL.bind_call($stdout, @seen_out) &&
                  Core::EQUAL.bind_call($stderr, @seen_err) &&
                  Core::EQUAL.bind_call($stdin, @seen_in)

        @seen_out, @seen_err, @seen_in = $stdout, $stderr, $stdin
        return unless Object.const_defined?(:StringIO) && !Object.autoload?(:StringIO)

        OutputCapture.replace(ReplacedMethods::STRING_IO_METHODS) if
          [@seen_out, @seen_err].any? { |stream| StringIO === stream }
        OutputCapture.replace(ReplacedReaders::STRING_IO_METHODS) if StringIO === @seen_in
      end

      # The kind of event that text written to `stream` is, or nil.
      def kind_of(stream)
        return OUT if Core::EQUAL.bind_call(stream, $stdout)
        return ERR if Core::EQUAL.bind_call(stream, $stderr)

        KINDS[FILENO.bind_call(stream)] if IO === stream
      rescue IOError
        nil # closed
      end

      # One event for all strings of one call.
      def record(stream, strings)
        kind = kind_of(stream)
        return if kind.nil?

        text = strings.size == 1 ? strings.first : strings.map(&:b).join
        @count += 1
        @recorder.event(kind, "", text) unless text.empty? || @wanted[kind].zero?
      end

      # Line by line, as the VM's own reports are, unless it was recorded as it was written or is of
      # a category that is switched off.
      def record_warning(message, category, count_before)
        return if @count > count_before || (category && !Warning[category])

        EACH_LINE.bind_call(message) { |line| record($stderr, [line]) }
      end

      # What the system took of `text`.
      def record_part(stream, text, written)
        return unless Integer === written && written <= text.bytesize

        record(stream, [text.byteslice(0, written)])
      end

      # A StreamCopy when `target` is a stream of interest.
      def copy_of(source, target, bounds)
        StreamCopy.new(self, source, target, bounds) if IO === target && kind_of(target)
      end

      private

      # Other engines have other ways from one method to another.
      def replace_methods(has_files:)
        OutputCapture.replace(ReplacedMethods::IO_METHODS)
        OutputCapture.replace(ReplacedMethods::WARNING_METHODS)
        return unless RUBY_ENGINE == "ruby"

        OutputCapture.replace(ReplacedReaders::IO_METHODS)
        OutputCapture.replace(ReplacedReaders::ARGF_METHODS)
        OutputCapture.replace(ReplacedStarters::METHODS)
        OutputCapture.replace(ReplacedHandlers::METHODS)
        OutputCapture.replace(ReplacedFiles::METHODS) if has_files
      end
    end
  end
end
