# frozen_string_literal: true

# Which other programs the program starts, and how they end.
#
# Made by OutputCapture, told by the methods of ReplacedStarters. Mirrors
# ext/codetracer_recorder/process_capture.c.
require_relative "core"
require_relative "replaced_starters"

module CodeTracer
  module Pure
    class ProcessCapture
      KIND = 12
      COMMAND_SIZE_MAX = 4096
      SEEN_COUNT = 64 # ended children that are remembered, so that none ends twice
      PLAIN = %r{\A[%+,\-./:=@_0-9A-Za-z]+\z}n.freeze
      PID = Core.take(IO, :pid)

      def initialize(recorder)
        @recorder = recorder
        @seen = []
      end

      # A program that is waited for, or takes this one's place.
      def start(what, arguments)
        note(what, command(arguments))
      end

      # popen([env], command, mode); a command that is an Array is one of its own.
      def start_popen(arguments)
        words = Hash === arguments.first ? arguments.drop(1) : arguments
        first = words.first
        start("popen", Array === first ? first : words.take(1))
      end

      def child(what, pid, arguments)
        @seen.delete(pid) # a pid may come again
        text = command(arguments)
        words = "pid #{Text.decimal(pid)}#{': ' unless text.empty?}#{text}"
        note(what, words.b.byteslice(0, COMMAND_SIZE_MAX))
      end

      # `status` is a Process::Status or nil.
      def ended(status)
        return unless status.instance_of?(Process::Status) && status.pid && status.pid > 0
        return if !status.stopped? && seen?(status.pid)

        note("exit", "pid #{Text.decimal(status.pid)}: #{ending(status)}")
      end

      def child_of?(io)
        pid = PID.bind_call(io)
        !pid.nil?
      rescue IOError
        false # closed
      end

      private

      def note(what, text)
        @recorder.event(KIND, what, text)
      end

      def seen?(pid)
        return true if @seen.include?(pid)

        @seen.shift if @seen.size == SEEN_COUNT
        @seen.push(pid)
        false
      end

      def ending(status)
        return "signal #{Text.decimal(status.termsig)}" if status.signaled?
        return "stopped #{Text.decimal(status.stopsig)}" if status.stopped?

        "exit #{Text.decimal(status.exitstatus)}"
      end

      # Environment before it and options behind it are left out.
      def command(arguments)
        words = arguments.dup
        words.shift if Hash === words.first
        words.pop if Hash === words.last
        text = words.map { |word| shown(word, words.size == 1) }.join(" ")
        text.byteslice(0, COMMAND_SIZE_MAX)
      end

      def shown(word, is_alone)
        is_pair = Array === word && !word.empty? # [program, what it is called]
        word = word.first if is_pair
        return "?".b unless String === word

        bytes = word.b
        return bytes if (is_alone && !is_pair) || PLAIN.match?(bytes)

        "'#{bytes.gsub("'", "'\\\\''")}'".b
      end
    end
  end
end
