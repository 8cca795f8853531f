# frozen_string_literal: true

# What the program has asked its user for: the answer to "Password: " is a secret, whatever it is
# called then.
#
# Used by Recorder, which tells of all that is printed and read. Mirrors ext/…/secret_prompt.c.
require_relative "text"

module CodeTracer
  module Pure
    class SecretPrompt
      INPUT = 3
      PRINTED = { 0 => true, 2 => true }.freeze
      SIZE_MAX = 64 # of a longer line, its end
      # "Password: ", "Your API key? ", with or without the end of the line.
      QUESTION = /([^\n]*)[:?>=][ \t]*\n?\z/n.freeze

      # `filter` is a ValueFilter.
      def initialize(filter)
        @filter = filter
        @printed = "".b
        @is_half_answered = false
      end

      # The text of an event, without such an answer.
      def pass(kind, text)
        if kind == INPUT
          answered(text)
        else
          printed(Text.bytes(text)) if PRINTED.key?(kind)
          text
        end
      end

      private

      def printed(bytes)
        @is_half_answered = false
        joined = @printed + bytes
        @printed = joined.byteslice([joined.bytesize - SIZE_MAX, 0].max, SIZE_MAX)
      end

      def answered(text)
        question = QUESTION.match(@printed)
        is_one = @is_half_answered || (!question.nil? && @filter.secret_name?(question[1]))
        bytes = Text.bytes(text)
        @printed = "".b
        @is_half_answered = is_one && !bytes.include?("\n")
        return text unless is_one

        answer = bytes[/\A[^\n]*/n]
        @filter.learn_text(answer)
        ("*" * answer.bytesize).b << bytes.byteslice(answer.bytesize, bytes.bytesize)
      end
    end
  end
end
