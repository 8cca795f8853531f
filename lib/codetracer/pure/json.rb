# frozen_string_literal: true

# JSON's leaves, as the C library writes them.
#
# Used by all that writes events. Mirrors libctrace/src/value/json_put.c.
require_relative "core"

module CodeTracer
  module Pure
    module Json
      SPECIAL = /["\\\x00-\x1F]/.freeze
      SHORT = { "\"" => "\\\"", "\\" => "\\\\", "\b" => "\\b", "\f" => "\\f", "\n" => "\\n",
                "\r" => "\\r", "\t" => "\\t" }.freeze
      ESCAPES = (0x00..0x1F).map { |byte| [byte.chr, format("\\u%04x", byte)] }.to_h
                            .merge(SHORT).freeze
      HAS_MATCH = Core.take(Regexp, :match?)
      REPLACE_ALL = Core.take(String, :gsub)

      # `text` is valid UTF-8.
      def self.string(text)
        return "\"#{text}\"" unless HAS_MATCH.bind_call(SPECIAL, text)

        "\"#{REPLACE_ALL.bind_call(text, SPECIAL, ESCAPES)}\""
      end
    end
  end
end
