# frozen_string_literal: true

# Bytes of the program as text: always valid UTF-8, marked when that is not the whole truth.
#
# Used for all that a trace spells. doc/format/values.md is the contract; mirrors
# libctrace/src/value/snapshot_text.c and put_bytes of ext/codetracer_recorder/snapshot_scalar.c.
require_relative "core"
require_relative "json"

module CodeTracer
  module Pure
    module Text
      UTF8 = Encoding::UTF_8
      ASCII = Encoding::US_ASCII
      HEX = (0..255).map { |byte| format("\\x%02X", byte) }.freeze
      CONTINUATION = 0x80..0xBF
      SEQUENCE_SIZE_MAX = 4

      SIZE = Core.take(String, :bytesize)
      SLICE = Core.take(String, :byteslice)
      BYTE_AT = Core.take(String, :getbyte)
      BYTES = Core.take(String, :bytes)
      ENCODING = Core.take(String, :encoding)
      ENCODE_AS = Core.take(String, :force_encoding)
      IS_VALID = Core.take(String, :valid_encoding?)
      IS_ASCII = Core.take(String, :ascii_only?)
      SCRUB = Core.take(String, :scrub)
      PLAIN = Core.take(String, :to_s)
      COPY = Core.take(String, :b)

      module_function

      # Valid UTF-8: bytes that are none are written \xHH.
      def escape(string)
        escape_own(COPY.bind_call(string))
      end

      # A binary copy.
      def bytes(string)
        COPY.bind_call(string)
      end

      # The same of at most `size_max` bytes of it.
      def escape_part(string, size_max)
        escape_own(SLICE.bind_call(string, 0, size_max))
      end

      # A String's text with its marks, and whether it was cut to `size_max` bytes.
      def shown(string, size_max)
        size = SIZE.bind_call(string)
        encoding = ENCODING.bind_call(string)
        is_utf8 = UTF8.equal?(encoding) || ASCII.equal?(encoding)
        is_cut = size > size_max
        size_max = end_of_character(string, size_max) if is_cut && is_utf8
        kept = SLICE.bind_call(string, 0, size_max)
        name = encoding.name unless is_utf8 || IS_ASCII.bind_call(kept)
        [mark(kept, size, name, is_cut), is_cut]
      end

      def decimal(number)
        Core::DECIMAL.bind_call(number)
      end

      def mark(kept, size, encoding_name, is_cut)
        ENCODE_AS.bind_call(kept, UTF8)
        is_valid = IS_VALID.bind_call(kept)
        return kept unless is_cut || encoding_name || !is_valid

        name = encoding_name || ("invalid UTF-8" unless is_valid)
        "#{escape_own(kept)}#{'…' if is_cut} [#{"#{name}, " if name}#{decimal(size)} bytes]"
      end

      # Where to cut so that no character is cut in two, if these bytes are characters at all.
      def end_of_character(string, size_max)
        ending = size_max
        ending -= 1 while ending.positive? && size_max - ending < SEQUENCE_SIZE_MAX - 1 &&
                          CONTINUATION.cover?(BYTE_AT.bind_call(string, ending))
        CONTINUATION.cover?(BYTE_AT.bind_call(string, ending)) ? size_max : ending
      end

      # `bytes` is ours, and becomes UTF-8.
      def escape_own(bytes)
        ENCODE_AS.bind_call(bytes, UTF8)
        return bytes if IS_VALID.bind_call(bytes)

        SCRUB.bind_call(bytes) { |part| BYTES.bind_call(part).map { |byte| HEX[byte] }.join }
      end
    end
  end
end
