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

      # Of all that is wanted so far: the place of the next.
      attr_reader :size

      def initialize
        @wanted = []
        @size = 0
      end

      # hot
      def empty?
        @size == 0
      end

      # hot
      def forget_all
        forget_from(0) unless @size == 0
      end

      # Of a part that is not shown after all.
      def forget_from(place)
        @wanted.slice!(place..-1)
        @size = place
      end

      # `type` is a ValueType or a Shape, `form` what it distinguishes.
      def want(type, form, place = @size)
        @wanted.insert(place, [type, form])
        @size += 1
        NO_ENDING
      end

      def define_all
        @wanted.each { |type, form| type.ending(form) || type.define(form) }
        forget_all
      end
    end
  end
end
