import Database from 'libsql';
import { controlFile } from './open-database.ts';

const FAULTS_MAX = 20;

/** What SQLite itself finds wrong with the file of the control store; it may be in use. */
export function checkControlFile(dir: string): readonly string[] {
  const faults: string[] = [];
  try {
    const db = new Database(controlFile(dir));
    try {
      for (const row of db.prepare(`pragma integrity_check(${FAULTS_MAX})`).all()) {
        const text = String(Object.values(Object(row))[0]);
        if (text !== 'ok') faults.push(text);
      }
      for (const row of db.prepare('pragma foreign_key_check').all()) {
        if (faults.length < FAULTS_MAX) faults.push(`foreign key: ${JSON.stringify(row)}`);
      }
    } finally {
      db.close();
    }
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
  return faults;
}
