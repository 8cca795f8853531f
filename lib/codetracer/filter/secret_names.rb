# frozen_string_literal: true

# Whether something is called like a secret: the words of its name, one to four in a row, joined.
#
# Used by the launcher and the pure recorder; it requires nothing. Mirrors
# ext/codetracer_recorder/secret_name.c.
module CodeTracer
  module Filter
    class SecretNames
      WORDS = /[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+/n.freeze
      WORD_COUNT_MAX = 16
      JOIN_COUNT_MAX = 4
      JOINED_SIZE_MAX = 64
      PLURAL_SIZE_MIN = 4 # of the singular: "pas" is none
      KNOWN_MAX = 10_000

      # Lists of words: BuiltIn::SECRET_NAMES and TELLING_WORDS.
      def initialize(secret_names, telling_words)
        @secret_names = secret_names.map { |word| [word, true] }.to_h
        @telling_words = telling_words.map { |word| [word, true] }.to_h
        @known = {}
      end

      # `name` is any String. hot
      def secret?(name)
        known = @known[name]
        return known unless known.nil?

        @known = {} if @known.size >= KNOWN_MAX
        @known[name.b.freeze] = find(name.b)
      end

      private

      def find(name)
        words = name.scan(WORDS).first(WORD_COUNT_MAX).map(&:downcase)
        return false if words.size > 1 && @telling_words[words.last]

        words.each_index.any? do |first|
          (1..JOIN_COUNT_MAX).any? do |count|
            first + count <= words.size && word?(words[first, count].join)
          end
        end
      end

      def word?(joined)
        return false if joined.size > JOINED_SIZE_MAX
        return true if @secret_names[joined]

        joined.size > PLURAL_SIZE_MIN && joined.end_with?("s") &&
          @secret_names.key?(joined[0..-2])
      end
    end
  end
end
