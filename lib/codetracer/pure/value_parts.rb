# frozen_string_literal: true

# The first parts of arrays, hashes and objects with fields, as many as are shown.
#
# Used by ValueTree. Each list is read in one go by a method written in C: with a thread switch in
# between, the program would find its hash "being iterated". What is not shown is not copied.
require_relative "core"
require_relative "table"

module CodeTracer
  module Pure
    class ValueParts
      ARRAY_SIZE = Core.take(Array, :size)
      # Array#first would make the program copy all of a large array at its next change.
      ARRAY_PICK = Core.take(Array, :values_at)
      HASH_SIZE = Core.take(Hash, :size)
      HASH_PAIRS = Core.take(Hash, :to_a)
      HASH_SEARCH = Core.take(Hash, :any?)

      def initialize(item_count_max)
        @item_count_max = item_count_max
        @first = (0...item_count_max).freeze
        @pairs = []
        # Hash#any? asks of each pair: put it there; are these as many as are wanted?
        @is_enough = @pairs.method(:push) >> ARRAY_SIZE.method(:bind_call) >>
                     item_count_max.method(:==)
      end

      def array_size(array)
        ARRAY_SIZE.bind_call(array)
      end

      def hash_size(hash)
        HASH_SIZE.bind_call(hash)
      end

      # The first of `count` elements, in an array of ours: the program may change its own. hot
      def of_array(array, count)
        count <= @item_count_max ? [*array] : ARRAY_PICK.bind_call(array, @first)
      end

      # The first of `count` pairs, [key, value] each.
      def of_hash(hash, count)
        return HASH_PAIRS.bind_call(hash) if count <= @item_count_max
        return [] if @item_count_max.zero?

        @pairs.clear
        HASH_SEARCH.bind_call(hash, @is_enough)
        [*@pairs]
      end

      # Of a list that is ours.
      def first_of(names)
        names.size <= @item_count_max ? names : ARRAY_PICK.bind_call(names, @first)
      end
    end
  end
end
