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

      # By object ids, which are never given twice. Nothing tells when an object is gone: a full
      # table is begun anew, and an older object may get a second number.
      class IdTable
        COUNT_MAX = 500_000

        def initialize
          @numbers = Table.new
        end

        def get(object)
          @numbers.get(Core::ID.bind_call(object))
        end

        def put(object, number)
          @numbers.forget_all if @numbers.count_of >= COUNT_MAX
          @numbers.put(Core::ID.bind_call(object), number)
        end
      end
      private_constant :WeakTable, :IdTable
    end
  end
end
