# frozen_string_literal: true

# Secrets known by their value: what stood under a secret's name is a secret under any other.
#
# Used by SecretText. Mirrors ext/codetracer_recorder/known_secrets.c.
module CodeTracer
  module Filter
    class KnownSecrets
      COUNT_MAX = 256 # then the oldest is forgotten
      SIZE_MAX = 256 # longer ones are known by their beginning
      SIZE_MIN = 6
      ANY_WORD = %r{\A(?:[A-Za-z_]*|\d{0,9}|.{0,5}|/.*)\z}mn.freeze # or a path

      # How many were learnt, of all times.
      attr_reader :learnt_count

      def initialize(texts)
        @texts = []
        @learnt_count = 0
        texts.each { |text| add(text) }
      end

      # Remembers the text, unless it is known or could be any word.
      def add(text)
        bytes = text.b
        return if ANY_WORD.match?(bytes)

        bytes = bytes.byteslice(0, SIZE_MAX)
        return if @texts.include?(bytes)

        @texts.shift if @texts.size == COUNT_MAX
        @texts << bytes
        @learnt_count += 1
        @any = Regexp.union(@texts.sort_by { |one| -one.bytesize })
      end

      # [offset, size] of the first one in a binary text at or behind `from`, or nil.
      def find(text, from)
        return if @texts.empty?

        match = @any.match(text, from)
        [match.begin(0), match[0].bytesize] if match
      end
    end
  end
end
