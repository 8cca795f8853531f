# frozen_string_literal: true

# One JSON array on disk, appended to piece by piece and whole after each.
#
# Used by TraceFile. No descriptor is kept open: a program that closes all it finds, or counts them,
# is not disturbed, and can never get a number back that this still writes to.
module CodeTracer
  module Pure
    class JsonArray
      ENDING = "\n]\n"
      MODE = 0o600
      LIMITS = Process.respond_to?(:getrlimit) && Process.method(:getrlimit)
      NO_LINK = defined?(File::NOFOLLOW) ? File::NOFOLLOW : 0
      NEW = File::WRONLY | File::CREAT | File::TRUNC | NO_LINK
      WRITE = IO.method(:binwrite).unbind.freeze

      # Bytes on disk, without the closing bracket.
      attr_reader :size

      # Makes the file, empty. Raises SystemCallError as every write does.
      def initialize(path)
        @path = path
        @pending = +"["
        @is_empty = true
        @size = @end = 0
        File.open(path, NEW, MODE, &:itself)
        flush
      end

      # `text` is elements, each with a comma and a newline before it.
      def append(text)
        @pending << (@is_empty ? text[1..-1] : text)
        @is_empty = false
      end

      def pending_size
        @pending.bytesize
      end

      # Behind what was appended comes `tail`, elements that the next flush replaces.
      def flush(tail = "")
        taken, @pending = @pending, +""
        text = "#{taken}#{@is_empty && !tail.empty? ? tail[1..-1] : tail}#{ENDING}"
        require_room(@size + text.bytesize)
        WRITE.bind(IO).call(@path, text, @size, flags: NO_LINK)
        shorten(@size + text.bytesize)
        @size += taken.bytesize
      end

      private

      # A write beyond this limit is a signal that would end the program.
      def require_room(size)
        limit = LIMITS ? LIMITS.call(:FSIZE).first : -1
        raise Errno::EFBIG, @path if size > limit && limit >= 0 # JRuby says -1 for none
      end

      # What is written may end before the last tail did.
      def shorten(size)
        File.truncate(@path, size) if size < @end
        @end = size
      end
    end
  end
end
