# frozen_string_literal: true

# One value of the program as JSON, within the limits: the walk through its parts.
#
# Used by Values, one walk at a time. A part is written before what surrounds it, so what shows only
# later (a type that is new, an array that is met twice) is remembered and the walk made again.
# Mirrors ext/codetracer_recorder/snapshot*.c and libctrace/src/value/snapshot_decode.c.
require_relative "scalars"
require_relative "value_fields"
require_relative "value_kinds"
require_relative "value_parts"
require_relative "wanted_types"

module CodeTracer
  module Pure
    class ValueTree
      LEVEL_MAX = 32 # readers refuse deeper nesting
      COLLECT = Core.take(Array, :map)
      JOIN = Core.take(Array, :join)

      # Whether something was left out of the last value.
      attr_reader :is_cut

      # `known` is where scalars are kept as JSON.
      def initialize(limits, kinds, identities, known)
        @depth_max, @node_count_max = limits[:depth], limits[:nodes]
        @kinds, @identities, @known = kinds, identities, known
        @wanted = WantedTypes.new
        @scalars = Scalars.new(limits[:string_bytes], kinds, known, @wanted)
        @parts = ValueParts.new(limits[:items])
        @pair, @rest, @identity = kinds.type("Pair"), kinds.type("Cut"), kinds.type("Identity")
        @main_object = TOPLEVEL_BINDING.receiver
        @met = Table.by_identity # in this walk
        @shared = Table.by_identity # lists and ranges that were met twice, with their numbers
      end

      def encode(object)
        @shared.forget_all
        loop do
          json = walk(object)
          next if @is_stale
          return json if @wanted.empty?

          @wanted.define_all
        end
      end

      private

      def walk(object)
        @met.forget_all
        @wanted.forget_all
        @is_cut = @is_stale = @scalars.is_cut = false
        @node_count = @depth = @level = 0
        json = put(object)
        @is_cut ||= @scalars.is_cut
        json
      end

      # hot
      def put(object)
        @node_count += 1
        @known.get(object) || put_kind(object, @kinds.of(object))
      end

      # hot
      def put_kind(object, kind)
        case kind.sort
        when :string then @scalars.string(object, kind.type)
        when :object then put_object(object, kind)
        when :array then put_array(object, kind)
        when :hash then put_hash(object, kind)
        when :struct then put_struct(object, kind)
        when :data then put_data(object, kind)
        when :range then put_range(object, kind)
        when :rational then put_fields(object, kind, nil, ValueFields::RATIONAL)
        when :complex then put_fields(object, kind, nil, ValueFields::COMPLEX)
        when :module then put_module(object)
        else @scalars.put(kind.sort, object)
        end
      end

      # ---- lists ----

      def put_array(array, kind)
        return put_shared(array, kind) if met?(array)

        put_list(array, kind, @parts.array_size(array), 1) do
          COLLECT.bind_call(@parts.of_array(array)) do |element|
            put(element) if @node_count < @node_count_max
          end
        end
      end

      def put_hash(hash, kind)
        return put_shared(hash, kind) if met?(hash)

        put_list(hash, kind, @parts.hash_size(hash), 2) do
          COLLECT.bind_call(@parts.of_hash(hash)) do |key, value|
            put_pair(key, value) if @node_count + 2 <= @node_count_max
          end
        end
      end

      # The value's node is counted before the key's parts can use it up.
      def put_pair(key, value)
        pair_ending = ending(@pair, ValueType::TUPLE)
        @node_count += 1
        key_json = put(key)
        @node_count -= 1
        "{\"kind\":\"Tuple\",\"elements\":[#{key_json},#{put(value)}]#{pair_ending}"
      end

      # Yields for the elements, nil for each that is too many; they lie `level_count` levels below
      # the list, and one more when it is shared.
      def put_list(list, kind, count, level_count)
        number = @shared.get(list)
        return put_cut(kind, number, count) if @depth >= @depth_max

        place = @wanted.place
        outer_ending = ending(kind.type, ValueType::REFERENCE) if number
        list_ending = ending(kind.type, ValueType::SEQUENCE)
        elements = below(number ? level_count + 1 : level_count) { yield.compact }
        rest = rest_of("… ", elements.size, count)
        return forget_parts(place, kind, number, count) if @is_too_deep

        json = "{\"kind\":\"Sequence\",\"elements\":[#{JOIN.bind_call([*elements, *rest], ',')}]," \
               "\"is_slice\":false#{list_ending}"
        return json unless number

        "{\"kind\":\"Reference\",\"dereferenced\":#{json},\"address\":#{Text.decimal(number)}," \
          "\"mutable\":false#{outer_ending}"
      end

      # ---- objects ----

      def put_object(object, kind)
        fields = ValueFields::VARIABLES
        is_bare = fields.names(object).empty?
        return put_raw(@kinds.type("Object"), "main") if is_bare && main?(object)
        return put_met(object, kind) if met?(object)

        number = @identities.of(object)
        return put_raw(kind.type, words_of(kind, number, ">")) if is_bare

        put_within(object, kind, number, fields)
      end

      def main?(object)
        Core::EQUAL.bind_call(@main_object, object)
      end

      def put_struct(object, kind)
        return put_met(object, kind) if met?(object)

        put_within(object, kind, @identities.of(object), ValueFields::STRUCT)
      end

      def put_data(object, kind)
        return put_met(object, kind) if met?(object)

        parts = ValueFields::DATA_PARTS.bind_call(object)
        put_within(parts, kind, @identities.of(object), ValueFields::DATA)
      end

      def put_range(range, kind)
        return put_shared(range, kind) if met?(range)

        put_within(range, kind, @shared.get(range), ValueFields::RANGE)
      end

      def put_within(object, kind, number, fields)
        return put_fields(object, kind, number, fields) if @depth < @depth_max

        put_cut(kind, number, fields.names(object).size)
      end

      def put_fields(object, kind, number, fields)
        place = @wanted.place
        names = fields.names(object)
        identity = identity_of(number) if number
        shape = kind.type.shape
        values = below(1) do
          COLLECT.bind_call(@parts.of_array(names)) do |name|
            next if @node_count >= @node_count_max

            shape = shape.with(name)
            put(fields.get(object, name))
          end.compact
        end
        rest = rest_of("", values.size, names.size)
        return forget_parts(place, kind, number, names.size) if @is_too_deep

        form = (number ? ValueType::Shape::NUMBERED : 0) | (rest ? ValueType::Shape::CUT : 0)
        struct_ending = shape.ending(form) || @wanted.want(shape, form, place)
        "{\"kind\":\"Struct\",\"field_values\":[" \
          "#{JOIN.bind_call([*identity, *values, *rest], ',')}]#{struct_ending}"
      end

      def identity_of(number)
        "{\"kind\":\"Int\",\"i\":#{Text.decimal(number)}#{ending(@identity, ValueType::INT)}"
      end

      # ---- words ----

      def put_module(object)
        put_raw(@kinds.type_of_module(object), @kinds.words_of_module(object))
      end

      # An object met before in this value.
      def put_met(object, kind)
        put_raw(kind.type, words_of(kind, @identities.of(object), ">"))
      end

      # The same of a list or range, which has a number only now.
      def put_shared(list, kind)
        unless @shared.get(list)
          @shared.put(list, @identities.of(list))
          @is_stale = true
        end
        put_met(list, kind)
      end

      def put_cut(kind, number, count)
        @is_cut = true
        put_raw(kind.type, words_of_cut(kind, number, count))
      end

      def words_of_cut(kind, number, count)
        case kind.type.name
        when "Array" then "[… #{Text.decimal(count)} items]"
        when "Hash" then "{… #{Text.decimal(count)} pairs}"
        else words_of(kind, number, "#{", #{Text.decimal(count)} fields" if count > 0} …>")
        end
      end

      def words_of(kind, number, tail)
        "#<#{kind.type.name}#{" ##{Text.decimal(number)}" if number}#{tail}"
      end

      # ---- what all share ----

      def put_raw(type, text)
        "{\"kind\":\"Raw\",\"r\":#{Json.string(text)}#{ending(type, ValueType::RAW)}"
      end

      def ending(type, form)
        type.ending(form) || @wanted.want(type, form)
      end

      def met?(object)
        @met.get(object) || !@met.put(object, true)
      end

      # Yields one or more levels deeper.
      def below(level_count)
        @depth += 1
        @level += level_count
        parts = yield
        @is_too_deep = @level >= LEVEL_MAX
        @level -= level_count
        @depth -= 1
        parts
      end

      # The mark behind `kept_count` parts of `count`, nil when that is all.
      def rest_of(prefix, kept_count, count)
        return if kept_count == count

        @is_cut = true
        text = "#{prefix}#{Text.decimal(count - kept_count)} more of #{Text.decimal(count)}"
        "{\"kind\":\"Raw\",\"r\":\"#{text}\"#{ending(@rest, ValueType::RAW)}"
      end

      # What lies deeper than readers go is shown as if a limit had cut it.
      def forget_parts(place, kind, number, count)
        @wanted.forget_from(place)
        put_raw(kind.type, words_of_cut(kind, number, count))
      end
    end
  end
end
