# frozen_string_literal: true

# Floats as text: the shortest that reads back equal, with a point where CRuby puts it.
#
# Used by Scalars. CRuby's Float#to_s is just that; JRuby's is the JVM's, which has more digits than
# needed and other exponents. Mirrors libctrace/src/value/float_text.c.
require_relative "core"

module CodeTracer
  module Pure
    module FloatText
      TEXT = Core.take(Float, :to_s)
      WORDS = { "Infinity" => "inf", "-Infinity" => "-inf", "NaN" => "NaN", "0.0" => "0.0",
                "-0.0" => "-0.0" }.freeze
      IS_RUBYS = 1e15.to_s == "1.0e+15" && 5e-324.to_s == "5.0e-324"
      DIGITS = (Float::DIG..Float::DIG + 2).freeze # a normal number needs as many
      WHOLE_DIGITS_MAX = Float::DIG # of a number without an exponent
      POINT_MIN = -3

      # hot
      def self.of(number)
        text = TEXT.bind_call(number)
        return WORDS[text] || text if IS_RUBYS || WORDS.key?(text)

        size = number.abs
        "#{'-' if number < 0}#{placed(*digits_of(size))}"
      end

      # Digits without zeros at the end, and where the point is: 0.DIGITS * 10**point.
      def self.digits_of(size)
        mantissa, exponent = shortest(size).split("e")
        digits = mantissa.delete(".").sub(/0+\z/, "")
        [digits.empty? ? "0" : digits, exponent.to_i + 1]
      end

      def self.shortest(size)
        counts = size < Float::MIN ? (1..DIGITS.last) : DIGITS
        texts = counts.map { |count| format("%.#{count - 1}e", size) }
        # Below a power of two doubles lie twice as dense as above it: the nearest digits may miss
        # where the next larger ones hit.
        texts.insert(-2, texts[-2].sub(/\d(?=e)/, &:succ)) if Math.frexp(size).first == 0.5
        texts.find { |text| text.to_f == size }
      end

      def self.placed(digits, point)
        is_whole = digits.size <= point
        if (is_whole && point > WHOLE_DIGITS_MAX) || point < POINT_MIN
          return format("%s.%se%+03d", digits[0], digits[1..-1].ljust(1, "0"), point - 1)
        end
        return "0.#{'0' * -point}#{digits}" if point <= 0

        "#{digits[0, point].ljust(point, '0')}.#{(digits[point..-1] || '').ljust(1, '0')}"
      end
      private_class_method :digits_of, :shortest, :placed
    end
  end
end
