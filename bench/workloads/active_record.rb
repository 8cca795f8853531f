# frozen_string_literal: true

# ActiveRecord with SQLite in memory: 50 creates and a query.
#
# Deep object graphs and method_missing. It is a workload of workloads.rb.
require_relative "workload"
require "active_record"

ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: ":memory:")
ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table(:customers) { |table| table.string :name }
  create_table(:orders) do |table|
    table.references :customer
    table.integer :amount
  end
end

class Customer < ActiveRecord::Base
  has_many :orders
  validates :name, presence: true
end

class Order < ActiveRecord::Base
  belongs_to :customer
  validates :amount, numericality: { greater_than: 0 }
end

Workload.run do
  customers = (1..5).map { |i| Customer.create!(name: "Customer #{i}") }
  50.times { |i| customers[i % 5].orders.create!(amount: i + 1) }
  Order.where("amount > ?", 10).joins(:customer).group("customers.name").sum(:amount).values.sum
end
