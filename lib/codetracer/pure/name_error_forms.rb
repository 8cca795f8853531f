# frozen_string_literal: true

# The ways in which the VM words a NameError: which one a message has, and of what receiver it is.
#
# Used by ExceptionText. Such a message is an object that holds format, receiver and name, and puts
# them together on demand with the receiver's `inspect`. Two of them are equal when these are: so
# there is a sample of each format, of a receiver that notices what it is compared with.
require_relative "hidden_message"
require_relative "name_error_samples"

module CodeTracer
  module Pure
    module NameErrorForms
      # A text with places: :name, :subject (the receiver is only called something) and :description
      # (more is said of it).
      class Form
        # How a sample's receiver is described, and how it is named where no more is said of it.
        BARE = NameErrorSamples::Bare.name
        DESCRIPTIONS = ["an instance of #{BARE}", "#{NameErrorSamples::MARK}:#{BARE}"].freeze
        PLACE = Regexp.union(*DESCRIPTIONS, NameErrorSamples::MARK)

        # From the text of a sample of that name.
        def self.of_sample(text, name)
          before, after = text.split(name, 2)
          new([*pieces_of(before), :name, *pieces_of(after)])
        end

        def self.pieces_of(text)
          places = text.scan(PLACE).map do |place|
            DESCRIPTIONS.include?(place) ? :description : :subject
          end
          text.split(PLACE, -1).zip(places).flatten.compact
        end
        private_class_method :pieces_of

        def initialize(pieces)
          @pieces = pieces
        end

        # `parts` has the texts.
        def fill(parts)
          @pieces.map { |piece| parts[piece] || piece }.join
        end
      end

      MESSAGES = NameErrorSamples::ALL.map { |error| HiddenMessage.of(error) }.freeze
      MESSAGE_CLASS = MESSAGES.first.class
      COMPARE = Core.take(MESSAGE_CLASS, :==)

      # Whether both have the same format; the receiver of `message` is then what the sample's saw.
      def self.alike?(sample, message)
        NameErrorSamples.forget
        COMPARE.bind_call(sample, message)
        NameErrorSamples.seen?
      end

      # [message, Form] of each format.
      def self.all
        pairs = NameErrorSamples::ALL.zip(MESSAGES)
        pairs.each_with_object([]) do |(error, message), known|
          next if known.any? { |sample, _| alike?(sample, message) }

          known << [message, Form.of_sample(message.to_str, error.name.to_s)]
        end
      end

      # JRuby compares no messages, but tells the parts of one.
      KNOWN = RUBY_ENGINE == "jruby" ? [].freeze : all.freeze

      def self.message?(object)
        MESSAGE_CLASS.equal?(Core::CLASS_OF.bind_call(object))
      end

      # The form of a message object and its receiver, or nil.
      def self.find(message)
        _, form = KNOWN.find { |sample, _| alike?(sample, message) }
        form && [form, NameErrorSamples.seen]
      ensure
        NameErrorSamples.forget # the receiver is not kept alive
      end

      if RUBY_ENGINE == "jruby"
        def self.find(message)
          [Form.new(JrubyMessages.pieces_of(message)), JrubyMessages.part_of(message, "object")]
        end
      end
    end
  end
end
