# frozen_string_literal: true

# Types that the value being written needs and the trace was not told yet.
#
# Used by ValueTree and Scalars. They are told when the whole value was walked, outer before inner
# as the native recorder does, though what an outer one is shows only after its parts; the value is
# then written again.
module CodeTracer
  module Pure
    class WantedTypes
      NO_ENDING = "}"

      def initialize
        @wanted = []
      end

      def empty?
        @wanted.empty?
      end

      def forget_all
        @wanted.clear
      end

      # The place that a type wanted now would have.
      def place
        @wanted.size
      end

      # `type` is a ValueType or a Shape, `form` what it distinguishes.
      def want(type, form, place = @wanted.size)
        @wanted.insert(place, [type, form])
        NO_ENDING
      end

      # Of a part that is not shown after all.
      def forget_from(place)
        @wanted.slice!(place..-1)
      end

      def define_all
        @wanted.each { |type, form| type.ending(form) || type.define(form) }
        @wanted.clear
      end
    end
  end
end
