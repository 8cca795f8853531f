# frozen_string_literal: true

# The numbers of objects, from 1 in the order of first sight.
#
# Used for values and names. Nothing is kept alive, and a number is never given twice: the tables
# forget an object when the collector does. Mirrors ext/codetracer_recorder/identity_table.c.
require_relative "core"
require_relative "table"

module CodeTracer
  module Pure
    class Identities
      def initialize
        @numbers = make_table
        @count = 0
      end

      # hot
      def of(object)
        @numbers.get(object) || add(object)
      end

      private

      def add(object)
        @numbers.put(object, @count += 1)
        @count
      end

      def make_table
        table = WeakTable.new
        table.put(table, 0)
        table
      rescue ArgumentError, TypeError # JRuby's refuses numbers
        IdTable.new
      end

      # Until Ruby 3.3 its keys have finalizers, which keep the compactor from moving them. Where a
      # program undefines an object's finalizers, this one too, its number may go to a later object
      # in the same place.
      class WeakTable < ObjectSpace::WeakMap
        alias get []
        alias put []=
      end

      # By object ids, which the program can see are handed out; swept when it has doubled.
      class IdTable
        SWEEP_MIN = 10_000

        def initialize
          @numbers = Table.new
          @sweep_count = SWEEP_MIN
        end

        def get(object)
          @numbers.get(Core::ID.bind_call(object))
        end

        def put(object, number)
          sweep if @numbers.count_of >= @sweep_count
          @numbers.put(Core::ID.bind_call(object), number)
        end

        private

        def sweep
          @numbers.delete_if { |id, _| !alive?(id) }
          @sweep_count = [SWEEP_MIN, 2 * @numbers.count_of].max
        end

        def alive?(id)
          ObjectSpace._id2ref(id)
          true
        rescue RangeError
          false
        end
      end
      private_constant :WeakTable, :IdTable
    end
  end
end
