# frozen_string_literal: true

# Values without parts as JSON: numbers, strings, symbols, nil, true and false.
#
# Used by ValueTree. All but strings are kept in a table, by which most are found again before
# anything is asked of them. Mirrors libctrace/src/value/snapshot_decode.c and value_json.c.
require_relative "float_text"
require_relative "json"
require_relative "text"
require_relative "value_type"
require_relative "wanted_types"

module CodeTracer
  module Pure
    class Scalars
      INT_BITS_MAX = 63 # without the sign
      BIG_SIZE_MAX = 1024 # bytes; larger numbers are described
      KNOWN_MAX = 4096 # a program may show more numbers than memory holds

      MAGNITUDE = Core.take(Integer, :abs)
      BIT_LENGTH = Core.take(Integer, :bit_length)

      attr_reader :wanted
      # Whether one was cut since this was last set to false.
      attr_accessor :is_cut

      # `known` is the table, by identity.
      def initialize(string_size_max, kinds, known, filter)
        @filter = filter
        @string_size_max = string_size_max
        @known = known
        @wanted = WantedTypes.new
        @nil, @bool = kinds.type("NilClass"), kinds.type("Bool")
        @integer, @float, @symbol = kinds.type("Integer"), kinds.type("Float"), kinds.type("Symbol")
      end

      # hot
      def put(object, kind)
        return string(object, kind) if kind.sort == :string

        json = encode(object, kind.sort)
        return json if @is_cut || !@wanted.empty?

        @known.forget_all if @known.count_of >= KNOWN_MAX
        @known.put(object, json)
      end

      # hot
      def string(string, kind)
        string_ending = kind.ending ||= kind.type.ending(ValueType::STRING)
        string_ending ||= @wanted.want(kind.type, ValueType::STRING)
        string = shown(string)
        if plain?(string)
          "{\"kind\":\"String\",\"text\":\"#{string}\"#{string_ending}"
        else
          "{\"kind\":\"String\",\"text\":#{quoted(string)}#{string_ending}"
        end
      end

      private

      # Without secrets.
      def shown(string)
        masked = @filter.mask(string, @string_size_max)
        return string if Core::EQUAL.bind_call(masked, string)

        Text::ENCODE_AS.bind_call(masked, Text::ENCODING.bind_call(string))
      end

      # Whether it can stand between quotes as it is: almost all text is short and plain. hot
      def plain?(string)
        Text::SIZE.bind_call(string) <= @string_size_max && Text::IS_ASCII.bind_call(string) &&
          !Json::HAS_MATCH.bind_call(Json::SPECIAL, string)
      end

      def quoted(string)
        text, is_cut = Text.shown(string, @string_size_max)
        @is_cut ||= is_cut
        Json.string(text)
      end

      def encode(object, sort)
        case sort
        when :integer then integer(object)
        when :float then float(object)
        when :symbol then symbol(object)
        when :nil then "{\"kind\":\"None\"#{ending(@nil, ValueType::NONE)}"
        when :true then "{\"kind\":\"Bool\",\"b\":true#{ending(@bool, ValueType::BOOL)}"
        when :false then "{\"kind\":\"Bool\",\"b\":false#{ending(@bool, ValueType::BOOL)}"
        end
      end

      def ending(type, kind)
        type.ending(kind) || @wanted.want(type, kind)
      end

      def symbol(symbol)
        text = shown(Core::SYMBOL_TEXT.bind_call(symbol))
        "{\"kind\":\"String\",\"text\":#{quoted(text)}" \
          "#{ending(@symbol, ValueType::STRING)}"
      end

      def float(number)
        "{\"kind\":\"Float\",\"f\":\"#{FloatText.of(number)}\"" \
          "#{ending(@float, ValueType::FLOAT)}"
      end

      def integer(number)
        return big_integer(number) if BIT_LENGTH.bind_call(number) > INT_BITS_MAX

        "{\"kind\":\"Int\",\"i\":#{Text.decimal(number)}#{ending(@integer, ValueType::INT)}"
      end

      def big_integer(number)
        bit_count = BIT_LENGTH.bind_call(MAGNITUDE.bind_call(number))
        return described_integer(bit_count) if bit_count > 8 * BIG_SIZE_MAX

        text = Core::DECIMAL.bind_call(number, 16)
        digits = text.delete_prefix("-")
        bytes = [digits.size.odd? ? "0#{digits}" : digits].pack("H*")
        "{\"kind\":\"BigInt\",\"b\":\"#{[bytes].pack('m0')}\"," \
          "\"negative\":#{text.start_with?('-')}#{ending(@integer, ValueType::INT)}"
      end

      def described_integer(bit_count)
        @is_cut = true
        "{\"kind\":\"Raw\",\"r\":\"#<Integer of #{Text.decimal(bit_count)} bits>\"" \
          "#{ending(@integer, ValueType::RAW)}"
      end
    end
  end
end
