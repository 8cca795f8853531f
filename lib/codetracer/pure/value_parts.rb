# frozen_string_literal: true

# The first parts of arrays, hashes and objects with fields, as many as are shown.
#
# Used by ValueTree. A thread may be switched away from whenever a method returns, so each list is
# read by one method written in C: the program must never find its hash "being iterated".
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
      HASH_EACH = Core.take(Hash, :each_pair)
      HASH_COPY = Core.take(Hash, :merge)
      THREADS = Core.take(Thread.singleton_class, :list)

      def initialize(item_count_max)
        @item_count_max = item_count_max
        @first = (0...item_count_max).freeze
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

        first_pairs(alone? ? hash : HASH_COPY.bind_call(hash))
      end

      # Of a list that is ours.
      def first_of(names)
        names.size <= @item_count_max ? names : ARRAY_PICK.bind_call(names, @first)
      end

      private

      # Whether no other thread can run meanwhile.
      def alone?
        THREADS.bind_call(Thread).size == 1
      end

      def first_pairs(hash)
        pairs = []
        HASH_EACH.bind_call(hash) do |key, value|
          pairs << [key, value]
          break if pairs.size == @item_count_max
        end
        pairs
      end
    end
  end
end
