# frozen_string_literal: true

# Secrets known by their value: what stood under a secret's name is a secret under any other.
#
# Used by SecretText. Mirrors ext/codetracer_recorder/known_secrets.c.
module CodeTracer
  module Filter
    class KnownSecrets
      COUNT_MAX = 256 # then the oldest is forgotten
      SIZE_MAX = 16 << 10 # what is behind that of a longer one is not known
      HEAD_SIZE = 256 # by so much of it a longer one is found
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
        heads = @texts.map { |one| one.byteslice(0, HEAD_SIZE) }
        @any = Regexp.union(heads.uniq.sort_by { |one| -one.bytesize })
      end

      # [offset, size] of the first one in a binary text at or behind `from`, or nil. Of a long one
      # its beginning is enough, and the size goes as far as the text is the secret's.
      def find(text, from)
        return if @texts.empty?

        match = @any.match(text, from)
        return unless match

        at, size = match.begin(0), match[0].bytesize
        size = @texts.map { |one| same_size(one, text, at) }.max if size == HEAD_SIZE
        [at, size]
      end

      private

      # How much of the secret stands there; 0: too little.
      def same_size(secret, text, at)
        low = [secret.bytesize, HEAD_SIZE].min
        return 0 unless text.byteslice(at, low) == secret.byteslice(0, low)

        high = [secret.bytesize, text.bytesize - at].min
        while low < high # what is the same is so up to `low`
          middle = (low + high + 1) / 2
          is_same = text.byteslice(at, middle) == secret.byteslice(0, middle)
          is_same ? low = middle : high = middle - 1
        end
        low
      end
    end
  end
end
