"""What Airflow calls: the trigger that watches the landing folder, and the task that loads."""
