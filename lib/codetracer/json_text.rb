# frozen_string_literal: true

# JSON of what is known of a recording, without the standard library's json.
#
# Used by RecordingFacts, which runs before the program, and by the pure recorder, in whose process
# nothing may be loaded. Bytes that are no UTF-8 are written \xHH, as everywhere in a trace.
module CodeTracer
  module JsonText
    SPECIAL = /["\\\x00-\x1F]/.freeze

    module_function

    # `value` is nil, true, false, an Integer, a String, an Array or a Hash of these.
    def of(value)
      case value
      when nil then "null"
      when true, false, Integer then value.to_s
      when String then string(value)
      when Array then "[#{value.map { |item| of(item) }.join(',')}]"
      when Hash then "{#{entries(value, ',')}}"
      end
    end

    # What stands between an object's braces.
    def entries(hash, separator)
      hash.map { |key, value| "#{string(key.to_s)}:#{of(value)}" }.join(separator)
    end

    def string(text)
      escaped = utf8(text).gsub(SPECIAL) do |special|
        %w[" \\].include?(special) ? "\\#{special}" : format("\\u%04x", special.ord)
      end
      "\"#{escaped}\""
    end

    def utf8(text)
      bytes = text.b.force_encoding(Encoding::UTF_8)
      bytes.scrub { |part| part.bytes.map { |byte| format("\\x%02X", byte) }.join }
    end
  end
end
