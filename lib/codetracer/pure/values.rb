# frozen_string_literal: true

# Objects of the program as ValueRecords of the trace, in JSON, within the limits.
#
# Used by the recorder at each event, one thread at a time. Nothing of the program is called,
# changed or kept alive. doc/format/values.md is the contract.
require_relative "class_names"
require_relative "identities"
require_relative "value_filter"
require_relative "value_tree"

module CodeTracer
  module Pure
    class Values
      # `cut_count` values of which something was left out; `uncaptured_count` values that could not
      # be looked at.
      Counts = Struct.new(:cut_count, :uncaptured_count)

      attr_reader :counts, :class_names, :filter

      MAIN = ValueTree::MAIN_OBJECT

      # `limits` has depth, items, string_bytes, nodes; `types` tells the trace what a type is:
      # type_id(kind number, name, field names or nil).
      def initialize(limits, types, filter, serializers = Serializers.new([]))
        @filter = filter
        identities = Identities.new
        @class_names = filter.class_names = ClassNames.new(identities)
        @kinds = ValueKinds.new(types, @class_names, serializers)
        @known = filter.shown_values = Table.by_identity
        @scalars = Scalars.new(limits[:string_bytes], @kinds, @known, filter)
        @tree = ValueTree.new(limits, @kinds, identities, @known, @scalars)
        @tree.filter = filter
        @counts = Counts.new(0, 0)
        @main = nil
      end

      # From now on values are shown by it too; see Serializers.
      def declare(serializer)
        @kinds.declare(serializer)
        @main = nil
      end

      # hot
      def encode(object)
        @known.get(object) || encode_kind(object, @kinds.of(object))
      end

      # The same of a step's `self`, which mostly is the main object. hot
      def encode_self(object)
        return encode(object) unless Core::EQUAL.bind_call(MAIN, object)

        is_bare = ValueFields::VARIABLES.names(object).empty?
        return @main if is_bare && @main

        json = encode(object)
        @main = json if is_bare && @kinds.of(object).sort == :object
        json
      end

      # Words of the recorder in a value's place. `text` is valid UTF-8.
      def encode_error(type_name, text)
        @counts.uncaptured_count += 1 if type_name == "Absent"
        type = @kinds.type(type_name)
        ending = type.ending(ValueType::ERROR) || type.define(ValueType::ERROR)
        "{\"kind\":\"Error\",\"msg\":#{Json.string(text)}#{ending}"
      end

      def encode_return(value, method)
        action = @filter.policy.return(method)
        action == ValueFilter::ALLOW ? encode_apart(value) : encode_hidden(value, action)
      end

      # Made once more if a secret was learnt meanwhile: it may stand in what was made before.
      def encode_apart(value)
        count = @filter.learnt_count
        json = encode(value)
        @filter.learnt_count == count ? json : encode(value)
      end

      # In the place of a value that a filter hides.
      def encode_hidden(value, action)
        @filter.hide(value)
        return encode_error("Dropped", "<dropped>") if action == ValueFilter::DROP

        encode_error("Redacted", "<redacted>")
      end

      def encode_nil
        encode(nil)
      end

      private

      # hot
      def encode_kind(object, kind)
        return encode_tree(object, kind) unless kind.scalar? && !@tree.wrapped?(object, kind)

        @scalars.is_cut = false
        json = @scalars.put(object, kind)
        return encode_tree(object, kind) unless @scalars.wanted.empty?

        @counts.cut_count += 1 if @scalars.is_cut
        json
      end

      def encode_tree(object, kind)
        json = @tree.encode(object, kind)
        @counts.cut_count += 1 if @tree.is_cut
        json
      end
    end
  end
end
