# frozen_string_literal: true

# Which classes say what their objects are shown by: CodeTracer.serialize and --serialize.
#
# Used by ValueKinds. Mirrors ext/codetracer_recorder/serializer.c.
require_relative "core"

module CodeTracer
  module Pure
    class Serializers
      # `names` are of instance variables; with entries the one of them holds a Hash, whose pairs
      # are the attributes.
      Serializer = Struct.new(:klass, :names, :has_entries)

      # `declared` as the recording's options have it, an Array of what `declare` takes.
      def initialize(declared)
        @newest_first = []
        declared.each { |one| declare(*one) }
      end

      # `klass` is a class or its name.
      def declare(klass, names, has_entries)
        @newest_first.unshift(Serializer.new(klass, names, has_entries))
      end

      # That of the class or of the nearest above it, or nil.
      def find(klass)
        return if @newest_first.empty?

        while klass
          name = Core::CLASS_NAME.bind_call(klass)
          found = @newest_first.find { |one| about?(one, klass, name) }
          return found if found

          klass = Core::SUPERCLASS.bind_call(klass)
        end
      end

      private

      def about?(serializer, klass, name)
        return serializer.klass == name if Core::INSTANCE_OF.bind_call(String, serializer.klass)

        Core::EQUAL.bind_call(klass, serializer.klass)
      end
    end
  end
end
