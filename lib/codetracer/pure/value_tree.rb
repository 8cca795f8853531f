# frozen_string_literal: true

# One value of the program as JSON, within the limits: the walk through its parts.
#
# Used by Values, one walk at a time. A part is written before what surrounds it, so what shows only
# later (a type that is new, an array that is met twice) is remembered and the walk made again.
# Mirrors ext/codetracer_recorder/snapshot*.c and libctrace/src/value/snapshot_decode.c.
require_relative "scalars"
require_relative "value_fields"
require_relative "value_kinds"
require_relative "value_natures"
require_relative "value_parts"
require_relative "value_words"
require_relative "wanted_types"

module CodeTracer
  module Pure
    class ValueTree
      include ValueWords
      include ValueNatures

      LEVEL_MAX = 32 # readers refuse deeper nesting
      COLLECT = Core.take(Array, :map)
      JOIN = Core.take(Array, :join)
      NUMBERED = ValueType::Shape::NUMBERED
      CUT = ValueType::Shape::CUT
      MAIN_OBJECT = TOPLEVEL_BINDING.receiver

      # Whether something was left out of the last value.
      attr_reader :is_cut
      attr_writer :filter

      # `limits` has depth, nodes, items; `known` is where scalars are kept as JSON.
      def initialize(limits, kinds, identities, known, scalars)
        @depth_max, @node_count_max = limits[:depth], limits[:nodes]
        @kinds, @identities, @known, @scalars = kinds, identities, known, scalars
        @wanted = scalars.wanted
        @parts = ValueParts.new(limits[:items])
        @notes = ValueNotes.new(kinds, limits[:string_bytes])
        @exception_text = ExceptionText.new(kinds.class_names, MAIN_OBJECT)
        @string_kind = kinds.of("")
        @pair, @rest, @identity = kinds.type("Pair"), kinds.type("Cut"), kinds.type("Identity")
        @redacted = kinds.type("Redacted")
        @met = Table.by_identity # in this walk
        @shared = Table.by_identity # lists and ranges that were met twice, with their numbers
      end

      # hot
      def encode(object, kind)
        @shared.forget_all
        json = walk(object, kind)
        while @is_stale || !@wanted.empty?
          @wanted.define_all unless @is_stale
          json = walk(object, kind)
        end
        @is_cut ||= @scalars.is_cut
        @shared.forget_all
        @met.forget_all # not to keep alive
        json
      end

      private

      def walk(object, kind)
        @met.forget_all
        @wanted.forget_all
        @is_cut = @is_stale = @scalars.is_cut = false
        @node_count = 1
        @depth = @level = 0
        put_kind(object, kind)
      end

      # hot
      def put(object)
        @node_count += 1
        @known.get(object) || put_kind(object, @kinds.of(object))
      end

      # hot
      def put_kind(object, kind)
        return put_wrapped(object, kind) if wrapped?(object, kind)

        put_itself(object, kind)
      end

      # hot
      def put_itself(object, kind)
        case kind.sort
        when :string then @scalars.string(object, kind)
        when :object then put_object(object, kind)
        when :serialized then put_serialized(object, kind)
        when :array then put_array(object, kind)
        when :hash then put_hash(object, kind)
        when :struct then put_struct(object, kind)
        when :data then put_data(object, kind)
        when :range then put_range(object, kind)
        when :rational then put_pair_of_numbers(object, kind, ValueFields::RATIONAL)
        when :complex then put_pair_of_numbers(object, kind, ValueFields::COMPLEX)
        when :module then put_module(object)
        when :exception then put_exception(object, kind)
        when :set then put_set(object, kind)
        when :match then put_match(object, kind)
        else kind.scalar? ? @scalars.put(object, kind) : put_noted(object, kind)
        end
      end

      # ---- lists ----

      # hot
      def put_array(array, kind)
        return put_shared(array, kind) if met?(array)

        count = @parts.array_size(array)
        return put_cut(kind, @shared.get(array), count) if @depth >= @depth_max

        put_list(array, kind, count, 1) do
          COLLECT.bind_call(@parts.of_array(array, count)) do |element|
            next if @node_count >= @node_count_max

            @node_count += 1
            @known.get(element) || put_kind(element, @kinds.of(element))
          end
        end
      end

      def put_hash(hash, kind)
        return put_shared(hash, kind) if met?(hash)

        count = @parts.hash_size(hash)
        return put_cut(kind, @shared.get(hash), count) if @depth >= @depth_max

        put_list(hash, kind, count, 2) do
          COLLECT.bind_call(@parts.of_hash(hash, count)) do |key, value|
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
        value_json = @filter.key(key) == ValueFilter::ALLOW ? put(value) : put_hidden(value)
        "{\"kind\":\"Tuple\",\"elements\":[#{key_json},#{value_json}]#{pair_ending}"
      end

      # Yields for the elements, nil for each that is too many; they lie `level_count` levels below
      # the list, and one more when it is shared.
      def put_list(list, kind, count, level_count)
        number = @shared.get(list)
        level_count += 1 if number
        place = @wanted.size
        outer_ending = ending(kind.type, ValueType::REFERENCE) if number
        list_ending = kind.ending || main_ending(kind, ValueType::SEQUENCE)
        @depth += 1
        @level += level_count
        elements = kept(yield)
        elements << rest_of("… ", elements.size, count) if elements.size < count
        @level -= level_count
        @depth -= 1
        return forget_parts(place, kind, number, count) if @level + level_count >= LEVEL_MAX

        json = "{\"kind\":\"Sequence\",\"elements\":[#{JOIN.bind_call(elements, ',')}]," \
               "\"is_slice\":false#{list_ending}"
        return json unless number

        "{\"kind\":\"Reference\",\"dereferenced\":#{json},\"address\":#{Text.decimal(number)}," \
          "\"mutable\":false#{outer_ending}"
      end

      # ---- objects ----

      # hot
      def put_object(object, kind)
        names = allowed(object, ValueFields::VARIABLES.names(object))
        return put_bare(object, kind) if names.empty?
        return put_met(object, kind) if met?(object)

        put_within(object, kind, @identities.of(object), ValueFields::VARIABLES, names)
      end

      # Without anything to show: met before or not, it looks alike.
      def put_bare(object, kind)
        return put_raw(kind.type, "main") if Core::EQUAL.bind_call(MAIN_OBJECT, object)

        put_met(object, kind)
      end

      def put_struct(object, kind)
        return put_met(object, kind) if met?(object)

        names = allowed(object, ValueFields::STRUCT.names(object))
        put_within(object, kind, @identities.of(object), ValueFields::STRUCT, names)
      end

      def put_data(object, kind)
        return put_met(object, kind) if met?(object)

        parts = ValueFields::DATA_PARTS.bind_call(object)
        names = ValueFields::DATA.names(parts)
        put_within(parts, kind, @identities.of(object), ValueFields::DATA, names)
      end

      def put_range(range, kind)
        return put_shared(range, kind) if met?(range)

        fields = ValueFields::RANGE
        put_within(range, kind, @shared.get(range), fields, fields.names(range))
      end

      def put_pair_of_numbers(number, kind, fields)
        put_fields(number, kind, nil, fields, fields.names(number))
      end

      def put_within(object, kind, number, fields, names)
        return put_cut(kind, number, names.size) if @depth >= @depth_max

        put_fields(object, kind, number, fields, names)
      end

      # hot
      def put_fields(object, kind, number, fields, names)
        shape = kind.type.shape
        place = @wanted.size
        identity = identity_of(number, names.empty? ? "" : ",") if number
        @depth += 1
        @level += 1
        first_names = fields.limited? ? @parts.first_of(fields.among(names)) : names
        values = kept(COLLECT.bind_call(first_names) do |name|
          next if @node_count >= @node_count_max

          shape = shape.with(name)
          put_field(object, name, fields)
        end)
        form = (number ? NUMBERED : 0) | (values.size < names.size ? CUT : 0)
        values << rest_of("", values.size, names.size) if values.size < names.size
        @level -= 1
        @depth -= 1
        return forget_parts(place, kind, number, names.size) if @level + 1 >= LEVEL_MAX

        "{\"kind\":\"Struct\",\"field_values\":[#{identity}#{JOIN.bind_call(values, ',')}]" \
          "#{shape.ending(form) || @wanted.want(shape, form, place)}"
      end

      def put_field(object, name, fields)
        return put_own_part(object, fields) if fields.own?(name)

        value = fields.get(object, name)
        is_open = !fields.limited? || @filter.field(name) == ValueFilter::ALLOW
        is_open ? put(value) : put_hidden(value)
      end

      # A part that a filter keeps out.
      def put_hidden(value)
        @node_count += 1
        @filter.hide(value)
        "{\"kind\":\"Error\",\"msg\":\"<redacted>\"#{ending(@redacted, ValueType::ERROR)}"
      end

      def identity_of(number, comma)
        "{\"kind\":\"Int\",\"i\":#{Text.decimal(number)}" \
          "#{ending(@identity, ValueType::INT)}#{comma}"
      end

      # ---- what all share ----

      # A list or range that was met before, and has a number only now.
      def put_shared(list, kind)
        unless @shared.get(list)
          @shared.put(list, @identities.of(list))
          @is_stale = true
        end
        put_met(list, kind)
      end

      def ending(type, form)
        type.ending(form) || @wanted.want(type, form)
      end

      # That of the form which objects of this kind mostly have.
      def main_ending(kind, form)
        kind.ending = kind.type.ending(form)
        kind.ending || @wanted.want(kind.type, form)
      end

      def met?(object)
        @met.get(object) || !@met.put(object, true)
      end

      # Without the nil of those that were too many. Two nodes are as much as one part takes.
      def kept(parts)
        @node_count + 2 > @node_count_max ? parts.compact : parts
      end
    end
  end
end
