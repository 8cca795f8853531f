# frozen_string_literal: true

# One IO.copy_stream to standard output or error.
#
# Made by OutputCapture. The bytes do not pass through Ruby: those of a file are read again, those
# of a pipe or socket, which can be read only once, are copied here, part by part.
module CodeTracer
  module Pure
    class StreamCopy
      SIZE_MAX = 1 << 20 # of one copy, read back for the trace
      PART_SIZE = 64 << 10 # of a pipe, as much as it holds

      # `bounds` are the length and the offset, as IO.copy_stream takes them.
      def initialize(capture, source, target, bounds)
        @capture, @source, @target = capture, source, target
        @size, @offset = bounds
        @writes_before = capture.count
      end

      # What was copied, or nil when this is not for here.
      def run_in_parts
        return unless IO === @source && @offset.nil? && !File.file?(@source)

        @target.flush
        copied = 0
        while @size.nil? || copied < @size
          part = take(@size ? [@size - copied, PART_SIZE].min : PART_SIZE)
          break if part.nil?

          copied += put(part)
        end
        copied
      end

      # After the original has copied `size` bytes; an object that writes was seen to write.
      def record(size)
        return if size.zero? || @capture.count > @writes_before

        wanted = [size, SIZE_MAX].min
        text = IO === @source ? read_back(@source, size, wanted) : read_file(wanted)
        @capture.record(@target, [text]) if text
      end

      private

      # nil at the end, whose exception is none of the program's.
      def take(size)
        @capture.silent_thread = Thread.current
        @source.readpartial(size)
      rescue EOFError
        nil
      ensure
        @capture.silent_thread = nil
      end

      def put(part)
        left = part
        until left.empty?
          written = @target.syswrite(left)
          left = left.byteslice(written, left.bytesize)
        end
        part.bytesize
      end

      def read_back(file, size, wanted)
        file.pread(wanted, @offset || file.pos - size) if File.file?(file)
      rescue SystemCallError, IOError
        nil
      end

      def read_file(wanted)
        IO.binread(@source, wanted, @offset || 0) if String === @source
      rescue SystemCallError
        nil
      end
    end
  end
end
