# frozen_string_literal: true

# Values without parts as JSON: numbers, strings, symbols, nil, true and false.
#
# Used by ValueTree. All but strings are kept in a table, by which most are found again before
# anything is asked of them. Mirrors libctrace/src/value/snapshot_decode.c and value_json.c.
require_relative "json"
require_relative "text"
require_relative "value_type"

module CodeTracer
  module Pure
    class Scalars
      INT64_MIN = -(1 << 63)
      INT64_MAX = (1 << 63) - 1
      BIG_SIZE_MAX = 1024 # bytes; larger numbers are described
      KNOWN_MAX = 4096 # a program may show more numbers than memory holds
      ODD_FLOATS = { "Infinity" => "inf", "-Infinity" => "-inf" }.freeze

      MAGNITUDE = Core.take(Integer, :abs)
      BIT_LENGTH = Core.take(Integer, :bit_length)
      FLOAT_TEXT = Core.take(Float, :to_s)

      # Whether one was cut since this was last set to false.
      attr_accessor :is_cut

      # `known` is the table, by identity.
      def initialize(string_size_max, kinds, known, wanted)
        @string_size_max = string_size_max
        @known, @wanted = known, wanted
        @nil, @bool = kinds.type("NilClass"), kinds.type("Bool")
        @integer, @float, @symbol = kinds.type("Integer"), kinds.type("Float"), kinds.type("Symbol")
      end

      # hot
      def string(string, type)
        "{\"kind\":\"String\",\"text\":#{quoted(string)}#{ending(type, ValueType::STRING)}"
      end

      # `sort` is that of the object's Kind.
      def put(sort, object)
        json = encode(sort, object)
        return json if @is_cut || !@wanted.empty?

        @known.forget_all if @known.count_of >= KNOWN_MAX
        @known.put(object, json)
      end

      private

      def encode(sort, object)
        case sort
        when :integer then integer(object)
        when :float then float(object)
        when :symbol then string(Core::SYMBOL_TEXT.bind_call(object), @symbol)
        when :nil then "{\"kind\":\"None\"#{ending(@nil, ValueType::NONE)}"
        when :true then "{\"kind\":\"Bool\",\"b\":true#{ending(@bool, ValueType::BOOL)}"
        when :false then "{\"kind\":\"Bool\",\"b\":false#{ending(@bool, ValueType::BOOL)}"
        end
      end

      def ending(type, kind)
        type.ending(kind) || @wanted.want(type, kind)
      end

      # Almost all text is short and plain.
      def quoted(string)
        is_plain = Text::IS_ASCII.bind_call(string) &&
                   Text::SIZE.bind_call(string) <= @string_size_max
        return Json.string(string) if is_plain

        text, is_cut = Text.shown(string, @string_size_max)
        @is_cut ||= is_cut
        Json.string(text)
      end

      def float(number)
        text = FLOAT_TEXT.bind_call(number)
        "{\"kind\":\"Float\",\"f\":\"#{ODD_FLOATS[text] || text}\"" \
          "#{ending(@float, ValueType::FLOAT)}"
      end

      def integer(number)
        return big_integer(number) if number > INT64_MAX || number < INT64_MIN

        "{\"kind\":\"Int\",\"i\":#{Text.decimal(number)}#{ending(@integer, ValueType::INT)}"
      end

      def big_integer(number)
        magnitude = MAGNITUDE.bind_call(number)
        bit_count = BIT_LENGTH.bind_call(magnitude)
        return described_integer(bit_count) if bit_count > 8 * BIG_SIZE_MAX

        digits = Core::DECIMAL.bind_call(magnitude, 16)
        digits = "0#{digits}" if digits.size.odd?
        "{\"kind\":\"BigInt\",\"b\":\"#{[[digits].pack('H*')].pack('m0')}\"," \
          "\"negative\":#{number < 0}#{ending(@integer, ValueType::INT)}"
      end

      def described_integer(bit_count)
        @is_cut = true
        "{\"kind\":\"Raw\",\"r\":\"#<Integer of #{Text.decimal(bit_count)} bits>\"" \
          "#{ending(@integer, ValueType::RAW)}"
      end
    end
  end
end
